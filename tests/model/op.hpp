// SPDX-License-Identifier: BSD-3-Clause
//
// Op: one random step against a drive, small enough that rapidcheck can shrink a run of them.
//
// An Op does not know the state of the drive: `choice` picks among the offsets and keys that are
// interesting in the state it meets.
#pragma once

#include <rapidcheck.h>

#include <ostream>

#include "nvme/command.hpp"

namespace csd::model {

enum class Kind : uint8_t {
    kStore,
    kAppend,
    kStage,
    kPublish,
    kCompose,
    kDelete,
    kExist,
    kRetrieve,
    kDescribe,
    kList,
    kFlush,
    kSetEdnek,
    kReset,
    kFormat,
    kRestart,
};

struct Op {
    Kind kind = Kind::kExist;
    uint8_t key = 0;     // of the few there are
    uint8_t other = 0;   // a second one
    uint8_t choice = 0;  // of offset and room
    uint32_t bytes = 0;
    uint8_t fill = 0;
    uint8_t controller = 0;
    bool must_exist = false;
    bool must_not_exist = false;
    bool flag = false;  // guarded append, delete the sources, the value of EDNEK
};

inline const char* name_of(Kind kind) {
    static constexpr const char* kNames[] = {
        "store",    "append", "stage", "publish",   "compose", "delete", "exist",  "retrieve",
        "describe", "list",   "flush", "set EDNEK", "reset",   "format", "restart"};
    return kNames[static_cast<size_t>(kind)];
}

inline std::ostream& operator<<(std::ostream& out, const Op& op) {
    return out << "\n  " << name_of(op.kind) << " key " << int{op.key} << " other " << int{op.other}
               << " bytes " << op.bytes << " fill " << int{op.fill} << " choice " << int{op.choice}
               << " controller " << int{op.controller} << (op.must_exist ? " must-exist" : "")
               << (op.must_not_exist ? " must-not-exist" : "") << (op.flag ? " flag" : "");
}

}  // namespace csd::model

namespace rc {

template <>
struct Arbitrary<csd::model::Op> {
    static Gen<csd::model::Op> arbitrary() {
        using csd::model::Kind;
        using csd::model::Op;
        const auto kind = gen::weightedElement<Kind>({{12, Kind::kStore},
                                                      {10, Kind::kAppend},
                                                      {10, Kind::kStage},
                                                      {8, Kind::kPublish},
                                                      {8, Kind::kCompose},
                                                      {8, Kind::kDelete},
                                                      {5, Kind::kExist},
                                                      {10, Kind::kRetrieve},
                                                      {8, Kind::kDescribe},
                                                      {8, Kind::kList},
                                                      {1, Kind::kFlush},
                                                      {2, Kind::kSetEdnek},
                                                      {2, Kind::kReset},
                                                      {1, Kind::kFormat},
                                                      {2, Kind::kRestart}});
        // Nothing, a few bytes, and what does not fit in one page or in what csd_try moves.
        const auto bytes =
            gen::weightedOneOf<uint32_t>({{1, gen::just<uint32_t>(0)},
                                          {8, gen::inRange<uint32_t>(1, 64)},
                                          {2, gen::inRange<uint32_t>(4000, 9000)},
                                          {1, gen::inRange<uint32_t>(65000, 200000)}});
        const auto seldom = gen::map(gen::inRange(0, 6), [](int die) { return die == 0; });
        return gen::build<Op>(
            gen::set(&Op::kind, kind), gen::set(&Op::key, gen::inRange<uint8_t>(0, 8)),
            gen::set(&Op::other, gen::inRange<uint8_t>(0, 8)),
            gen::set(&Op::choice, gen::inRange<uint8_t>(0, 8)), gen::set(&Op::bytes, bytes),
            gen::set(&Op::fill), gen::set(&Op::controller, gen::inRange<uint8_t>(0, 2)),
            gen::set(&Op::must_exist, seldom), gen::set(&Op::must_not_exist, seldom),
            gen::set(&Op::flag));
    }
};

}  // namespace rc
