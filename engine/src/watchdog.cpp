#include "watchdog.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace wakesleep {

namespace {

using namespace std::chrono_literals;

constexpr auto look_every = 10ms;
/// Looks without a call, after which the watchdog sleeps until there is one.
constexpr int idle_looks = 100;

double seconds_of(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Python's state of a thread that Python didn't start, until the thread ends.
class KeptState {
  public:
    KeptState() {
        if (PyGILState_GetThisThreadState()) return;
        state_ = PyGILState_Ensure();
        saved_ = PyEval_SaveThread();
    }
    ~KeptState() {
        if (!saved_ || !Py_IsInitialized()) return;
        PyEval_RestoreThread(saved_);
        PyGILState_Release(state_);
    }
    KeptState(const KeptState&) = delete;
    KeptState& operator=(const KeptState&) = delete;

  private:
    PyGILState_STATE state_ = PyGILState_UNLOCKED;
    PyThreadState* saved_ = nullptr;
};

/// A child process has none of its parent's threads: its watchdog is a new one.
std::atomic<Watchdog*> only_one{nullptr};

}  // namespace

PyGILState_STATE take_gil() {
    thread_local KeptState kept;
    return PyGILState_Ensure();
}

/// A thread's slot, known to the watchdog until the thread ends.
struct Watchdog::Registration {
    Watchdog* watchdog = nullptr;
    std::shared_ptr<Slot> slot;

    void move_to(Watchdog& other) {
        watchdog = &other;
        slot = std::make_shared<Slot>();
        pthread_getcpuclockid(pthread_self(), &slot->clock);
        slot->thread = PyThread_get_thread_ident();
        std::lock_guard lock(other.slots_mutex_);
        other.slots_.push_back(slot);
    }
    ~Registration() {
        if (!watchdog || watchdog != only_one.load()) return;
        std::lock_guard lock(watchdog->slots_mutex_);
        std::erase(watchdog->slots_, slot);
    }
};

Watchdog& Watchdog::get() {
    if (Watchdog* known = only_one.load()) return *known;
    auto* made = new Watchdog;
    Watchdog* none = nullptr;
    if (!only_one.compare_exchange_strong(none, made)) {
        delete made;
        return *none;
    }
    pthread_atfork(nullptr, nullptr, [] {
        auto* fresh = new Watchdog;
        fresh->exception_ = only_one.load()->exception_;
        only_one.store(fresh);
    });
    return *made;
}

Watchdog::Slot& Watchdog::own_slot() {
    thread_local Registration own;
    Watchdog& watchdog = get();
    if (own.watchdog != &watchdog) own.move_to(watchdog);
    return *own.slot;
}

Watchdog::Call::Call(double cpu_seconds) : slot_(own_slot()) {
    if (++slot_.depth > 1) return;
    slot_.stopped = false;
    slot_.cpu_seconds.store(cpu_seconds, std::memory_order_relaxed);
    slot_.serial.fetch_add(1);
    if (Watchdog& watchdog = get(); watchdog.asleep_.load()) watchdog.wake();
}

Watchdog::Call::~Call() {
    if (--slot_.depth > 0) return;
    slot_.serial.fetch_add(1);
    // Where the call ended by itself in the meantime, the exception mustn't hit what comes after it.
    if (slot_.stopped) PyThreadState_SetAsyncExc(slot_.thread, nullptr);
}

void Watchdog::wake() {
    std::lock_guard lock(sleep_mutex_);
    if (!started_) {
        started_ = true;
        std::thread([this] { run(); }).detach();
    }
    asleep_ = false;
    awoken_.notify_one();
}

void Watchdog::run() {
    for (int idle = 0;;) {
        std::this_thread::sleep_for(look_every);
        idle = look() ? 0 : idle + 1;
        if (idle < idle_looks) continue;
        asleep_ = true;
        if (look()) asleep_ = false;  // a call that began before it could see that it must wake this thread
        std::unique_lock lock(sleep_mutex_);
        awoken_.wait(lock, [this] { return !asleep_; });
        idle = 0;
    }
}

bool Watchdog::look() {
    std::vector<std::shared_ptr<Slot>> slots;
    {
        std::lock_guard lock(slots_mutex_);  // not while waiting for the GIL: a thread that has it may want this
        slots = slots_;
    }
    bool calling = false;
    for (const auto& slot : slots) {
        const std::uint64_t serial = slot->serial.load();
        if (serial % 2 == 0) continue;
        calling = true;
        const double cpu = seconds_of(slot->clock), wall = seconds_of(CLOCK_MONOTONIC);
        if (serial == slot->seen) {
            const double most = slot->cpu_seconds.load(std::memory_order_relaxed);
            if (cpu - slot->seen_cpu < most && wall - slot->seen_wall < wall_factor * most) continue;
            stop(*slot, serial);  // and again after as long, where the call caught the exception and went on
        }
        slot->seen = serial;
        slot->seen_cpu = cpu;
        slot->seen_wall = wall;
    }
    return calling;
}

void Watchdog::stop(Slot& slot, std::uint64_t serial) {
    std::lock_guard lock(stop_mutex_);
    if (closed_) return;
    const PyGILState_STATE state = PyGILState_Ensure();
    if (slot.serial.load() == serial) {
        slot.stopped = true;
        PyThreadState_SetAsyncExc(slot.thread, exception_);
    }
    PyGILState_Release(state);
}

void Watchdog::close() {
    PyThreadState* saved = PyEval_SaveThread();
    {
        std::lock_guard lock(stop_mutex_);
        closed_ = true;
    }
    PyEval_RestoreThread(saved);
}

}  // namespace wakesleep
