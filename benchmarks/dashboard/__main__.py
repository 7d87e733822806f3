from benchmarks.dashboard import main

main()
