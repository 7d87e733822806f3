from benchmarks.enumeration import main

main()
