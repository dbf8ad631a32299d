// SPDX-License-Identifier: BSD-3-Clause
//
// Where the test build of the worker becomes hostile. The program that is installed has attack_none.cc, which
// does nothing; the one for query_sandbox_test.cc has attack_test.cc, which runs attacks from inside the sandbox.
#pragma once

#include <string_view>

namespace csd::worker {

void run_attack_if_built_in(std::string_view sql);

}  // namespace csd::worker
