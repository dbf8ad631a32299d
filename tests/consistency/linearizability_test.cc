// SPDX-License-Identifier: BSD-3-Clause
//
// The checker against histories made by hand, and against every order of many small ones.
#include "consistency/linearizability.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <random>

namespace csd::consistency {
namespace {

struct Register {
    enum class Kind { kWrite, kRead, kSwap };  // kSwap: writes, and its result is what was there
    struct Operation {
        Kind kind = Kind::kRead;
        int value = 0;
        int result = 0;
        bool known = true;
    };
    using State = int;

    bool step(State& state, const Operation& operation) const {
        if (operation.kind == Kind::kRead) return !operation.known || operation.result == state;
        if (operation.kind == Kind::kSwap && operation.known && operation.result != state)
            return false;
        state = operation.value;
        return true;
    }
    bool only_observes(const Operation& operation) const { return operation.kind == Kind::kRead; }
    uint64_t hash(const State& state) const { return static_cast<uint64_t>(state); }
    std::string text(const Operation& operation) const {
        switch (operation.kind) {
            case Kind::kWrite: return "write " + std::to_string(operation.value);
            case Kind::kRead: return "read -> " + std::to_string(operation.result);
            case Kind::kSwap: return "swap " + std::to_string(operation.value);
        }
        return "";
    }
    std::string text(int state) const { return "register " + std::to_string(state); }
};

using History = std::vector<Entry<Register::Operation>>;

Entry<Register::Operation> write(uint64_t began, uint64_t ended, int value) {
    return {{Register::Kind::kWrite, value, 0, true}, began, ended, 1, true};
}
Entry<Register::Operation> read(uint64_t began, uint64_t ended, int result) {
    return {{Register::Kind::kRead, 0, result, true}, began, ended, 2, true};
}
Entry<Register::Operation> swap(uint64_t began, uint64_t ended, int value, int result) {
    return {{Register::Kind::kSwap, value, result, true}, began, ended, 3, true};
}
// No completion; it happens until `ended`, or never.
Entry<Register::Operation> lost(Entry<Register::Operation> entry) {
    entry.operation.known = false;
    entry.completed = false;
    return entry;
}

Verdict check(const History& history) {
    return check_linearizability(Register(), std::span(history), 0);
}

TEST(Linearizability, AnEmptyHistoryIs) {
    EXPECT_TRUE(check({}).linearizable());
}

TEST(Linearizability, OneAfterTheOther) {
    EXPECT_TRUE(check({write(1, 2, 7), read(3, 4, 7)}).linearizable());
    EXPECT_FALSE(check({write(1, 2, 7), read(3, 4, 0)}).linearizable());
    EXPECT_FALSE(check({read(1, 2, 7), write(3, 4, 7)}).linearizable());
}

TEST(Linearizability, AReadBesideAWriteSeesEither) {
    EXPECT_TRUE(check({write(1, 9, 7), read(3, 4, 0)}).linearizable());
    EXPECT_TRUE(check({write(1, 9, 7), read(3, 4, 7)}).linearizable());
    EXPECT_FALSE(check({write(1, 9, 7), read(3, 4, 8)}).linearizable());
}

TEST(Linearizability, WhatWasSeenIsNotUnseen) {
    EXPECT_TRUE(check({write(1, 9, 7), read(2, 3, 0), read(4, 5, 7)}).linearizable());
    EXPECT_FALSE(check({write(1, 9, 7), read(2, 3, 7), read(4, 5, 0)}).linearizable());
}

TEST(Linearizability, TimesThatTouchOverlap) {
    EXPECT_TRUE(check({write(1, 3, 7), read(3, 4, 0)}).linearizable());
    EXPECT_FALSE(check({write(1, 3, 7), read(4, 5, 0)}).linearizable());
}

TEST(Linearizability, TwoWritesHaveOneOrderForAllReaders) {
    EXPECT_TRUE(
        check({write(1, 9, 1), write(1, 9, 2), read(2, 3, 1), read(4, 5, 2), read(10, 11, 2)})
            .linearizable());
    EXPECT_FALSE(
        check({write(1, 9, 1), write(1, 9, 2), read(2, 3, 1), read(4, 5, 2), read(10, 11, 1)})
            .linearizable());
    EXPECT_FALSE(check({write(1, 9, 1), write(1, 9, 2), swap(2, 20, 3, 1), swap(2, 20, 4, 1)})
                     .linearizable());
}

// A write may stand before one that began earlier, and a choice made early turns out wrong late.
TEST(Linearizability, TakesAChoiceBack) {
    EXPECT_TRUE(check({write(1, 20, 1), write(2, 19, 2), write(3, 18, 3), swap(4, 17, 5, 2),
                       read(21, 22, 5)})
                    .linearizable());
    EXPECT_TRUE(check({write(1, 20, 1), swap(2, 19, 2, 3), swap(3, 18, 3, 1), read(21, 22, 2)})
                    .linearizable());
    EXPECT_FALSE(check({write(1, 20, 1), swap(2, 19, 2, 3), swap(3, 18, 3, 1), read(21, 22, 3)})
                     .linearizable());
}

// The second write of 2 changes nothing when it begins, and much when it ends.
TEST(Linearizability, AChangeThatChangesNothingNowMayDoSoLater) {
    EXPECT_TRUE(
        check({write(0, 8, 2), swap(4, 7, 1, 2), write(5, 16, 2), read(12, 23, 2)}).linearizable());
}

TEST(Linearizability, WithoutCompletionItHappensOrNot) {
    EXPECT_TRUE(check({lost(write(1, kNever, 7)), read(5, 6, 0)}).linearizable());
    EXPECT_TRUE(check({lost(write(1, kNever, 7)), read(5, 6, 0), read(7, 8, 7)}).linearizable());
    EXPECT_FALSE(check({lost(write(1, kNever, 7)), read(5, 6, 7), read(7, 8, 0)}).linearizable());
    EXPECT_FALSE(check({read(5, 6, 7), lost(write(7, kNever, 7))}).linearizable());
}

TEST(Linearizability, WithoutCompletionItHappensUntilItsEnd) {
    EXPECT_TRUE(check({lost(write(1, 5, 7)), read(6, 7, 7), read(8, 9, 7)}).linearizable());
    EXPECT_TRUE(check({lost(write(1, 5, 7)), read(6, 7, 0), read(8, 9, 0)}).linearizable());
    EXPECT_FALSE(check({lost(write(1, 5, 7)), read(6, 7, 0), read(8, 9, 7)}).linearizable());
    EXPECT_TRUE(check({lost(write(1, 9, 7)), read(6, 7, 0), read(8, 10, 7)}).linearizable());
}

TEST(Linearizability, HappensOnlyOnce) {
    EXPECT_FALSE(check({lost(write(1, kNever, 7)), read(2, 3, 7), write(4, 5, 8), read(6, 7, 8),
                        read(8, 9, 7)})
                     .linearizable());
}

TEST(Linearizability, TheExplanationEndsAtTheFirstCompletionThatNothingExplains) {
    const Verdict verdict = check({write(1000, 2000, 7), read(3000, 9000, 7), read(4000, 5000, 6),
                                   write(6000, 7000, 9), read(8000, 9500, 1)});
    EXPECT_EQ(verdict.kind, Verdict::Kind::kNotLinearizable);
    EXPECT_EQ(verdict.entry, 2U);
    EXPECT_EQ(verdict.explanation,
              "not linearizable: no order of the operations explains the one marked >\n"
              "  began us  ended us  thread  operation\n"
              "       0.0       1.0       1  write 7\n"
              "       2.0      open       2  read -> 7  (no completion yet)\n"
              ">      3.0       4.0       2  read -> 6\n"
              "states that the history allows before it:\n"
              "  register 7\n");
}

TEST(Linearizability, ALongExplanationKeepsWhatIsNear) {
    History history;
    for (uint64_t i = 0; i < 1000; i++)
        history.push_back(write(10 * i, 10 * i + 5, static_cast<int>(i)));
    history.push_back(read(20'000, 20'001, 998));
    const Verdict verdict = check(history);
    EXPECT_EQ(verdict.entry, 1000U);
    EXPECT_THAT(verdict.explanation, ::testing::HasSubstr("write 999\n"));
    EXPECT_THAT(verdict.explanation, ::testing::HasSubstr("961 earlier operations"));
    EXPECT_THAT(verdict.explanation, ::testing::HasSubstr("register 999\n"));
}

TEST(Linearizability, SaysWhenItCannotDecide) {
    History history;
    for (int i = 0; i < 65; i++) history.push_back(write(1, 9, i));
    EXPECT_EQ(check(history).kind, Verdict::Kind::kTooManyOpen);
}

// Every order, by the definition; the checker must say the same of each small history.
bool by_definition(const History& history, uint32_t done, int state) {
    bool all = true;
    for (size_t i = 0; i < history.size(); i++) {
        if ((done >> i & 1) != 0) continue;
        if (history[i].completed) all = false;
        bool first = true;
        for (size_t j = 0; j < history.size(); j++) {
            if (j != i && (done >> j & 1) == 0 && history[j].completed &&
                history[j].ended < history[i].began) {
                first = false;
            }
        }
        // What did not complete must take effect before its end: it comes before all that began after.
        for (size_t j = 0; j < history.size(); j++) {
            if ((done >> j & 1) != 0 && !history[i].completed &&
                history[j].began > history[i].ended) {
                first = false;
            }
        }
        int after = state;
        if (!first || !Register().step(after, history[i].operation)) continue;
        if (by_definition(history, done | 1U << i, after)) return true;
    }
    return all;
}

TEST(Linearizability, AgreesWithTheDefinition) {
    std::mt19937_64 random(1);
    const auto below = [&](uint64_t bound) { return random() % bound; };
    int linearizable = 0;
    constexpr int kHistories = 20'000;
    for (int round = 0; round < kHistories; round++) {
        History history;
        const size_t count = 3 + below(5);
        for (size_t i = 0; i < count; i++) {
            const uint64_t began = 1000 * below(24);
            const uint64_t ended = began + 1000 * (1 + below(12));
            const int value = static_cast<int>(below(3));
            const int result = static_cast<int>(below(3));
            const uint64_t kind = below(4);
            auto entry = kind < 2    ? read(began, ended, result)
                         : kind == 2 ? write(began, ended, value)
                                     : swap(began, ended, value, result);
            if (below(5) == 0) entry = lost(entry);
            if (!entry.completed && below(2) == 0) entry.ended = kNever;
            history.push_back(entry);
        }
        const bool expected = by_definition(history, 0, 0);
        linearizable += expected ? 1 : 0;
        ASSERT_EQ(check(history).linearizable(), expected) << "in round " << round << "\n"
                                                           << check(history).explanation;
    }
    EXPECT_GT(linearizable, kHistories / 20);
    EXPECT_LT(linearizable, kHistories - kHistories / 20);
}

// Windows of eight threads, half of them changes: what a run of millions consists of.
TEST(Linearizability, AMillionOperationsAreQuick) {
    std::mt19937_64 random(2);
    History history;
    int state = 0;
    constexpr size_t kOperations = 1'000'000;
    history.reserve(kOperations);
    for (uint64_t i = 0; i < kOperations; i++) {
        const uint64_t at = 100 * i;  // it takes effect here
        const uint64_t began = at - std::min<uint64_t>(at, random() % 300);
        const uint64_t ended = at + 1 + random() % 300;
        if (random() % 2 == 0) {
            state = static_cast<int>(i);
            history.push_back(write(began, ended, state));
        } else {
            history.push_back(read(began, ended, state));
        }
    }
    EXPECT_TRUE(check(history).linearizable());
}

}  // namespace
}  // namespace csd::consistency
