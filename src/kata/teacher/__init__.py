"""Grade a whole class: each submission behind a fence, and none of them lost.

    manager (batch, pool)          lists the folder, keeps the rows; imports neither torch nor tests
      reader                       reads entries, within bounds of memory and time
      checker                      the collected tests, rehearsed; forks
        worker                     one submission at a time; forks
          checker's child          runs the tests on RemoteAnswers; has a line of its own
      zygote                       torch, and nothing of tests, mistakes or solutions; forks
        nursery                    one for each worker: forks, ends and reaps
          student                  one chapter file of one submission, fenced in

A checker's child and a student talk through `wire`: JSON and raw bytes, never pickle.
"""
