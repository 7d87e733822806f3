// Stops calls into Python that take too long, by raising an exception in the thread that makes them.
//
// A thread of its own looks at the calls every few milliseconds. It reaches Python code between two bytecodes: not a call
// that Python made into C and that doesn't come back, nor any that keeps the GIL.
#pragma once

#include <Python.h>
#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <ctime>
#include <memory>
#include <mutex>
#include <vector>

namespace wakesleep {

class Watchdog {
  public:
    /// What a thread is calling; one each.
    struct Slot {
        std::atomic<std::uint64_t> serial{0};  // odd during a call
        std::atomic<double> cpu_seconds{0};    // that the call may take
        clockid_t clock = 0;                   // of the thread's CPU time
        unsigned long thread = 0;              // Python's name of it
        bool stopped = false;                  // this call was; the GIL guards it
        int depth = 0;                         // of calls within calls; the thread's own
        // What the watchdog saw last.
        std::uint64_t seen = 0;
        double seen_cpu = 0, seen_wall = 0;
    };
    /// The wall-clock seconds of a call are bounded at so many times its CPU seconds: it may sleep, or wait for the GIL.
    static constexpr double wall_factor = 20;

    /// There is one, never destroyed: threads may outlive whatever is destroyed at exit.
    static Watchdog& get();
    /// To be called once, with the GIL: `exception` is raised in calls that are stopped, a reference that is kept.
    void set_exception(PyObject* exception) { exception_ = exception; }
    PyObject* exception() const { return exception_; }
    /// Stops nothing from now on. To be called with the GIL, before Python ends.
    void close();

    /// One call, watched while this lives. With the GIL at both ends; a call within a call is part of that.
    class Call {
      public:
        explicit Call(double cpu_seconds);
        ~Call();
        Call(const Call&) = delete;
        Call& operator=(const Call&) = delete;
        bool outermost() const { return slot_.depth == 1; }

      private:
        Slot& slot_;
    };

  private:
    struct Registration;

    Watchdog() = default;
    static Slot& own_slot();
    void run();
    /// Whether any call goes on; stops those that took too long.
    bool look();
    void stop(Slot& slot, std::uint64_t serial);
    void wake();

    PyObject* exception_ = nullptr;
    std::mutex slots_mutex_, sleep_mutex_, stop_mutex_;
    std::vector<std::shared_ptr<Slot>> slots_;
    std::condition_variable awoken_;
    std::atomic<bool> asleep_{true};
    bool started_ = false, closed_ = false;  // under sleep_mutex_, stop_mutex_
};

/// Takes the GIL. A thread that isn't Python's keeps the state that its first call makes: to make one each time is dear.
///
/// To be given back with PyGILState_Release, and by no destructor: as Python ends it unwinds threads that want the GIL, and
/// those don't have it then.
PyGILState_STATE take_gil();

}  // namespace wakesleep
