// SPDX-License-Identifier: BSD-3-Clause
//
// What the files of the verbs give to the table in verbs.cc.
#pragma once

#include "cli/verb.hpp"

namespace csd::cli {

std::unique_ptr<Verb> make_store();
std::unique_ptr<Verb> make_retrieve();
std::unique_ptr<Verb> make_list();
std::unique_ptr<Verb> make_exists();
std::unique_ptr<Verb> make_delete();
std::unique_ptr<Verb> make_flush();
std::unique_ptr<Verb> make_format();
std::unique_ptr<Verb> make_select();
std::unique_ptr<Verb> make_info();
std::unique_ptr<Verb> make_bench();

}  // namespace csd::cli
