from benchmarks.reproduce import main

main()
