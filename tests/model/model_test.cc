// SPDX-License-Identifier: BSD-3-Clause
//
// A drive and a std::map, told the same things in a random order, never differ in what a host can see.
//
// rapidcheck shrinks a difference to a few steps and prints RC_PARAMS to repeat it; RC_PARAMS=max_success=N
// tries more runs.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <iostream>

#include "model/session.hpp"

namespace csd::model {

static void drive_and_model_agree(nvme::Dialect dialect, const std::vector<Op>& ops) {
    try {
        Session session(dialect);
        for (const Op& op : ops) session.step(op);
        session.compare_all();
        session.step({.kind = Kind::kRestart});
        session.compare_all();
    } catch (const rc::detail::CaseResult& difference) {
        // rapidcheck tells of the last run only: a difference that does not come back would be lost.
        std::cerr << difference.description << '\n';
        throw;
    }
}

RC_GTEST_PROP(Model, AKeyValueDriveIsAMapOfBytes, (const std::vector<Op>& ops)) {
    drive_and_model_agree(nvme::Dialect::kKeyValue, ops);
}

RC_GTEST_PROP(Model, ADriveOfThe2023DialectIsAMapOfBytes, (const std::vector<Op>& ops)) {
    drive_and_model_agree(nvme::Dialect::k2023, ops);
}

}  // namespace csd::model
