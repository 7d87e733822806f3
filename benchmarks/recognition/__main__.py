from benchmarks.recognition import main

main()
