// SPDX-License-Identifier: BSD-3-Clause
//
// check_linearizability: is there an order of these operations, one after the other, that explains every
// result and in which no operation stands before one that had ended when it began?
//
//     struct Register {
//         using State = int;
//         using Operation = struct { bool write; int value; };
//         bool step(State& state, const Operation& operation) const;  // false: not with this result
//         bool only_observes(const Operation& operation) const { return !operation.write; }
//         uint64_t hash(const State& state) const;
//         std::string text(const Operation& operation) const;
//         std::string text(const State& state) const;
//     };
//     const Verdict verdict = check_linearizability(Register(), history, 0);
//     if (!verdict.linearizable()) std::cerr << verdict.explanation;
//
// The algorithm is Wing and Gong's search with Lowe's memory of the pairs (operations that have taken effect,
// state) that were visited. It goes through the history by time and keeps all such pairs that explain it so far,
// so the first completion that leaves none ends the shortest prefix that cannot be linearized. Two rules keep the
// set small. An operation takes effect only before a completion that needs it, or at its own end (later is never worse).
// An operation that only observes takes effect as soon as its result is right (sooner is never worse).
//
// Where a model tells which parts of its state an operation is about, an operation waits while only others of other
// parts must take effect: `uint64_t parts(const Operation&) const`, a bit for each part that it sees or changes.
//
// The cost is linear in the history and exponential in the number of changes of one part that are open at one moment.
// The functions are pure: any thread may call them. Tested by linearizability_test.cc.
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace csd::consistency {

inline constexpr uint64_t kNever = ~uint64_t{0};
inline constexpr size_t kMaxOpen = 64;  // operations at one moment
inline constexpr size_t kMaxConfigurations = 1 << 18;

template <typename Model>
concept SequentialModel = std::equality_comparable<typename Model::State> &&
    std::copyable<typename Model::State> &&
    requires(const Model& model, typename Model::State& state,
             const typename Model::Operation& operation) {
    // The operation takes effect. False if it cannot have its result in this state, which may be spoilt
    // then. An operation without completion has any result, so false only says that it changes nothing.
    { model.step(state, operation) } -> std::same_as<bool>;
    { model.hash(state) } -> std::convertible_to<uint64_t>;
    { model.text(operation) } -> std::convertible_to<std::string>;
    { model.text(state) } -> std::convertible_to<std::string>;
};

template <typename Model>
concept HasParts = requires(const Model& model, const typename Model::Operation& operation) {
    { model.parts(operation) } -> std::same_as<uint64_t>;
};

template <typename Operation>
struct Entry {
    Operation operation;
    uint64_t began = 0;   // any clock that all threads share
    uint64_t ended = 0;   // kNever: still open when the history ends
    uint32_t thread = 0;  // only for the explanation
    // False: no completion. It took effect at some time from `began` to `ended`, or never.
    bool completed = true;
};

struct Verdict {
    enum class Kind : uint8_t { kLinearizable, kNotLinearizable, kTooManyOpen };

    Kind kind = Kind::kLinearizable;
    size_t entry = 0;         // whose completion nothing explains
    std::string explanation;  // for people; empty when all is well

    bool linearizable() const { return kind == Kind::kLinearizable; }
};

// One line of an explanation.
struct Line {
    size_t entry = 0;
    uint64_t began = 0;
    uint64_t ended = 0;
    uint32_t thread = 0;
    bool completed = true;
    std::string text;
};

// Lays the lines out by time, marks the culprit and adds the states that were possible before it.
std::string explain(size_t culprit, std::vector<Line> lines, size_t left_out,
                    const std::vector<std::string>& states);

// When an entry begins or ends. Beginnings sort before ends of the same time, which counts them as overlapping.
struct Event {
    uint64_t time = 0;
    bool is_end = false;
    size_t entry = 0;

    friend bool operator<(const Event& a, const Event& b) {
        if (a.time != b.time) return a.time < b.time;
        if (a.is_end != b.is_end) return b.is_end;
        return a.entry < b.entry;
    }
};

template <SequentialModel Model>
class LinearizabilityChecker {
  public:
    using State = typename Model::State;
    using History = std::span<const Entry<typename Model::Operation>>;

    LinearizabilityChecker(const Model& model, History history)
        : model_(model), history_(history) {}

    Verdict run(const State& initial) {
        configurations_.assign(1, Configuration{initial, 0});
        slot_of_.assign(history_.size(), kMaxOpen);
        for (const Event& event : events()) {
            if (!event.is_end) {
                if (!~busy_) return undecided(event.entry, "more than 64 operations are open");
                const auto slot = static_cast<size_t>(std::countr_one(busy_));
                busy_ |= bit(slot);
                entry_in_[slot] = event.entry;
                slot_of_[event.entry] = slot;
                continue;
            }
            const size_t slot = slot_of_[event.entry];
            before_ = configurations_;
            if (!take_effect(slot)) return undecided(event.entry, "too many orders are possible");
            if (history_[event.entry].completed) {
                if (configurations_.empty()) return refuted(event);
            } else {  // or it never does
                configurations_.insert(configurations_.end(), before_.begin(), before_.end());
            }
            forget(slot);
        }
        return {};
    }

  private:
    struct Configuration {
        State state;
        uint64_t effective = 0;  // slots of open operations that have taken effect

        bool operator==(const Configuration&) const = default;
    };
    struct Hash {
        const Model* model;
        size_t operator()(const Configuration& c) const {
            return model->hash(c.state) ^ (c.effective * 0x9E3779B97F4A7C15u);
        }
    };

    static uint64_t bit(size_t slot) { return uint64_t{1} << slot; }

    std::vector<Event> events() const {
        std::vector<Event> all;
        all.reserve(history_.size() * 2);
        for (size_t i = 0; i < history_.size(); i++) {
            all.push_back({history_[i].began, false, i});
            if (history_[i].ended != kNever) all.push_back({history_[i].ended, true, i});
        }
        std::sort(all.begin(), all.end());
        return all;
    }

    // Every open operation that only observes takes effect if this state is what it saw.
    void absorb(Configuration& configuration) {
        for (uint64_t open = busy_ & ~configuration.effective; open != 0; open &= open - 1) {
            const auto slot = static_cast<size_t>(std::countr_zero(open));
            const auto& entry = history_[entry_in_[slot]];
            if (!entry.completed || !model_.only_observes(entry.operation)) continue;
            scratch_ = configuration.state;
            if (model_.step(scratch_, entry.operation) && scratch_ == configuration.state) {
                configuration.effective |= bit(slot);
            }
        }
    }

    uint64_t parts(size_t slot) const {
        if constexpr (HasParts<Model>) return model_.parts(history_[entry_in_[slot]].operation);
        return ~uint64_t{0};
    }

    // Those of the open operations that the one in the slot may have to wait for. All others commute with all of these, so
    // they can take effect after it as well.
    uint64_t concerned(size_t slot, uint64_t open) const {
        uint64_t found = bit(slot);
        uint64_t about = parts(slot);
        for (bool more = true; more;) {
            more = false;
            for (uint64_t rest = open & ~found; rest != 0; rest &= rest - 1) {
                const auto other = static_cast<size_t>(std::countr_zero(rest));
                if ((parts(other) & about) == 0) continue;
                found |= bit(other);
                about |= parts(other);
                more = true;
            }
        }
        return found;
    }

    // Replaces the configurations by all in which the operation of the slot has taken effect. False: too many.
    bool take_effect(size_t slot) {
        std::vector<Configuration> work;
        work.swap(configurations_);
        const bool one = work.size() == 1;
        if (one) {  // nearly always
            absorb(work[0]);
            if ((work[0].effective & bit(slot)) != 0) {
                configurations_.swap(work);
                return true;
            }
        }
        std::unordered_set<Configuration, Hash> visited(16, Hash{&model_});
        for (Configuration& configuration : work) {
            absorb(configuration);
            visited.insert(configuration);
        }
        work.assign(visited.begin(), visited.end());
        while (!work.empty()) {
            const Configuration now = std::move(work.back());
            work.pop_back();
            if ((now.effective & bit(slot)) != 0) {
                configurations_.push_back(now);
                continue;
            }
            const uint64_t can = concerned(slot, busy_ & ~now.effective);
            for (uint64_t open = can; open != 0; open &= open - 1) {
                const auto next = static_cast<size_t>(std::countr_zero(open));
                Configuration after{now.state, now.effective | bit(next)};
                if (!model_.step(after.state, history_[entry_in_[next]].operation)) continue;
                absorb(after);
                if (visited.insert(after).second) work.push_back(std::move(after));
            }
            if (visited.size() > kMaxConfigurations) return false;
        }
        return true;
    }

    // The operation of the slot has ended, and the slot is free for another.
    void forget(size_t slot) {
        busy_ &= ~bit(slot);
        for (Configuration& configuration : configurations_) configuration.effective &= ~bit(slot);
        if (configurations_.size() < 2) return;
        std::unordered_set<Configuration, Hash> distinct(configurations_.begin(),
                                                         configurations_.end(), 16, Hash{&model_});
        if (distinct.size() < configurations_.size()) {
            configurations_.assign(distinct.begin(), distinct.end());
        }
    }

    Verdict undecided(size_t entry, const char* why) const {
        Verdict verdict{Verdict::Kind::kTooManyOpen, entry, ""};
        verdict.explanation = std::string("the history cannot be decided: ") + why + " at " +
                              model_.text(history_[entry].operation) + "\n";
        return verdict;
    }

    Verdict refuted(const Event& event) const {
        constexpr size_t kMaxLines = 40;
        constexpr size_t kMaxStates = 8;
        std::vector<size_t> seen;
        for (size_t i = 0; i < history_.size(); i++) {
            if (history_[i].began <= event.time) seen.push_back(i);
        }
        // What was open with the culprit, and before that what ended last.
        const uint64_t began = history_[event.entry].began;
        const auto rank = [&](size_t i) {
            return std::max(began, std::min(history_[i].ended, event.time));
        };
        std::stable_sort(seen.begin(), seen.end(), [&](size_t a, size_t b) {
            const bool near_a = history_[a].ended >= began, near_b = history_[b].ended >= began;
            if (near_a != near_b) return near_a;
            if (near_a) return rank(a) < rank(b);
            return history_[a].ended > history_[b].ended;
        });
        const auto culprit = std::find(seen.begin(), seen.end(), event.entry);
        std::rotate(seen.begin(), culprit, culprit + 1);
        const size_t left_out = seen.size() - std::min(seen.size(), kMaxLines);
        seen.resize(std::min(seen.size(), kMaxLines));
        std::vector<Line> lines;
        for (const size_t i : seen) {
            const auto& entry = history_[i];
            const bool known = entry.completed && entry.ended <= event.time;
            lines.push_back({i, entry.began, known ? entry.ended : kNever, entry.thread, known,
                             model_.text(entry.operation)});
        }
        std::vector<std::string> states;
        for (const Configuration& configuration : before_) {
            if (states.size() == kMaxStates) break;
            std::string text = model_.text(configuration.state);
            if (std::find(states.begin(), states.end(), text) == states.end()) {
                states.push_back(std::move(text));
            }
        }
        return {Verdict::Kind::kNotLinearizable, event.entry,
                explain(event.entry, std::move(lines), left_out, states)};
    }

    const Model& model_;
    const History history_;
    std::vector<Configuration> configurations_;  // all that explain the history so far
    std::vector<Configuration> before_;          // the same before the last completion
    std::vector<size_t> slot_of_;                // by entry
    size_t entry_in_[kMaxOpen] = {};             // by slot
    uint64_t busy_ = 0;                          // slots of open operations
    State scratch_{};
};

template <SequentialModel Model>
Verdict check_linearizability(const Model& model,
                              std::span<const Entry<typename Model::Operation>> history,
                              const typename Model::State& initial) {
    return LinearizabilityChecker<Model>(model, history).run(initial);
}

}  // namespace csd::consistency
