// SPDX-License-Identifier: BSD-3-Clause
//
// --credentials FILE: the node's keys in a file that clients of S3 read, so that they can be had from a node that has no
// terminal to show them on.
//
//     AWS_SHARED_CREDENTIALS_FILE=FILE aws --endpoint-url http://127.0.0.1:9000 s3 ls
//
// Tested by credentials_test.cc and tests/airmos/start_test.sh.
#pragma once

#include <string>

#include "airmos/auth/verifier.hpp"

namespace csd::airmos {

// The file's text: a profile `default` with the keys and the region, as aws, boto3 and the other SDKs have it.
std::string credentials_text(const auth::Keys& keys, const std::string& region);

// Writes the file, readable by its owner alone; a reader sees the old text or the new one. kUsage if a file is there that
// no node wrote, as it may hold the user's other keys; kIo if it cannot be written.
Status write_credentials(const std::string& file, const std::string& text);

// The word as a shell takes it, in quotes if it needs them.
std::string shell_word(const std::string& text);

}  // namespace csd::airmos
