// Programs for a picture that aren't finished, followed best first: see drawing_search.hpp.
#pragma once

#include <limits>
#include <queue>

#include "drawing_repertoire.hpp"
#include "drawing_target.hpp"
#include "search.hpp"

namespace wakesleep {

/// What a sketch begins with.
enum class Begin { anything, spread, stacked };

/// How sketches are told apart that aren't finished: what is left of a picture is worth so many nats of the whole picture's, and
/// the cells of a loop's body count for as many places as fit best, up to `repeats`. Some begin with a body that is drawn in
/// several places which are known: spread out, or stacked in one place, a round upon the other.
struct Weighing {
    double picture, repeats;
    Begin begin = Begin::anything;
};
class DrawingSketches {
  public:
    DrawingSketches(DrawingBank& bank, const DrawingRepertoire& repertoire, const DrawingTarget& target, const Weighing& weighing)
        : bank_(bank), repertoire_(repertoire), target_(target), weighing_(weighing), sets_(target.words()), touched_(target.words()) {
        scopes_.push_back({.copies = {{Pose(), 0}}});
        add({.before = -1, .scope = 0});
    }

    std::vector<Found>& found() { return found_; }
    std::int64_t sketches() const { return static_cast<std::int64_t>(sketches_.size()); }
    std::size_t bytes() const {
        return sets_.bytes() + sketches_.capacity() * sizeof(Sketch) + poses_.capacity() * sizeof(Pose) + items_.size() * sizeof(Item) +
               best_.size() * 48 + scopes_.size() * sizeof(Scope);
    }
    /// What was done, in strokes that were tried, about.
    std::int64_t work() const { return work_; }
    bool done() const { return items_.empty(); }
    void set_limit(double nats) { limit_ = nats; }
    /// Follows the best sketch one step.
    void step();

  private:
    enum class Next : std::uint8_t { expand, draw, move, draw_counted, count, open };
    /// Where a body is drawn: everything in it is seen from there.
    struct Copy {
        Pose pose;
        int round;
    };
    struct Scope {
        int outer = -1, entry = -1, family = -1, depth = 0;
        int outermost = 0, sketches = 0;  // the scope around it that stands in no other; of all in that
        double fewest = 1, most = 1;  // times that its cells count, by estimate
        bool counted = false;  // a round is known
        bool each = false;     // copies are at places of their own
        bool returning = false;  // as its opening is, or the one around it
        std::vector<Copy> copies;
    };
    struct Sketch {
        int before;  // in the same scope
        int scope;
        int statement = -1, closed = -1, opening = -1;  // what came last: a statement, or a body's last sketch and what was opened
        int set = CellSets::empty, poses = 0;
        double nats = 0;
        double fewest = 0, most = 0;  // cells covered when all bodies are closed, by estimate
        bool counted = false;
        std::uint8_t idle = 0;  // 1: it has turned since it last covered something; 2: it has gone somewhere, to draw there
    };
    /// Something to do next: `list`[`index`] after `sketch`.
    struct Item {
        float priority;
        int sketch;
        Next next;
        int list, index;
        int more;  // cells that it covers
        bool operator<(const Item& other) const { return priority > other.priority; }
    };

    /// What a sketch is worth with something that costs so many nats and covers so many more cells, the least first.
    double priority(const Sketch& sketch, double nats, int more) const;
    const Pose& pose(const Sketch& sketch, std::size_t copy) const {
        return poses_[static_cast<std::size_t>(sketch.poses) + (scopes_[static_cast<std::size_t>(sketch.scope)].each ? copy : 0)];
    }
    /// `nats`: what comes next costs; `more`: cells that it covers; `delay`: nats by which it comes later.
    void push(Next next, int sketch, double nats, int more, int list, int index, double delay = 0);
    const DrawingStatement& statement(int number) const { return bank_.all()[static_cast<std::size_t>(number)]; }
    const DrawingOpening& opening(int number) const { return bank_.openings()[static_cast<std::size_t>(number)]; }
    /// Whether a sketch still has to begin as it should.
    bool begins(const Sketch& sketch) const {
        return weighing_.begin != Begin::anything && sketch.scope == 0 && sketch.set == CellSets::empty;
    }
    /// What may come next without being drawn where that isn't.
    const std::vector<int>& moves(const Sketch& sketch) const { return sketch.idle == 0 ? repertoire_.idle : repertoire_.moves; }
    void expand(const Item& item);
    /// Draws after a sketch whatever begins so, and like its siblings; what covers nothing new only if it `retraces`.
    void draw_from(int sketch, int beginning, std::size_t level, bool retraces);
    void place(const Sketch& sketch);
    bool covers(const Effect& effect, std::size_t copy);
    void next_drawing(const Item& item);
    void next_move(const Item& item);
    /// Draws after a sketch a statement that knows the round.
    void count(int sketch, int counted);
    void next_counted(const Item& item);
    void next_opening(const Item& item);
    /// The sketch with one more statement, which has been found to stay in the picture, and to cover something new or not.
    void draw(int sketch, int statement, bool covers_more);
    void open(int sketch, int family);
    void close(int sketch);
    /// How many cells that covers, were they covered before or not; −1 where it leaves the picture or fails.
    int close(int sketch, int opening);
    std::optional<Commands> body(int sketch, int round);
    /// A body in each of its rounds, the rounds around it being in `round`; `rows` hold what the result refers to.
    using Rows = std::array<std::optional<Commands>, max_rounds>;
    Splice rounds_of(int sketch, const DrawingOpening& opening, int round, Rows& rows);
    void add(Sketch sketch);
    Term sequence(int sketch) const;

    DrawingBank& bank_;
    const DrawingRepertoire& repertoire_;
    const DrawingTarget& target_;
    const Weighing& weighing_;
    CellSets sets_;
    double limit_ = std::numeric_limits<double>::infinity();  // nats that no sketch reaches
    std::int64_t work_ = 0;
    std::vector<Scope> scopes_;
    std::vector<Sketch> sketches_;
    std::vector<Pose> poses_;
    std::vector<Pose> new_poses_;  // of the sketch that is being made
    std::priority_queue<Item> items_;
    std::unordered_map<std::uint64_t, double> best_;  // nats, by where a sketch has come to
    std::vector<Found> found_;
    std::vector<Place> places_;  // of the copies, in the sketch that is gone on with
    std::vector<std::uint64_t> touched_;
};

}  // namespace wakesleep
