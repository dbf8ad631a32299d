// SPDX-License-Identifier: BSD-3-Clause
//
// AccessLog: one line a request on a descriptor, JSON or text.
//
//     {"time":"2026-11-22T22:01:39.123Z","request_id":"…","remote":"127.0.0.1:4711","method":"GET","target":"/b/k",
//      "bucket":"b","key":"k","operation":"GetObject","status":200,"error":"","seconds":0.0012,"received_bytes":0,
//      "sent_bytes":4096,"user_agent":"aws-cli/2"}
//
// An error that clients are told no reason for, such as a drive's failure, has it here: "cause".
// Signatures of presigned URLs are not logged: who reads the log could use them.
// A reader that does not keep up never stops the node: lines wait for it in memory, a few MiB of them, and what does not
// fit is left out and counted: {"time":"…","lost_lines":12}.
// Threads: write() from any, and returns at once. One thread of its own, which is idle while the reader keeps up.
// Tested by access_log_test.cc.
#pragma once

#include <memory>
#include <string>

#include "airmos/http/application.hpp"

namespace csd::airmos {

class AccessLog {
  public:
    enum class Form : uint8_t { kJson, kText, kNone };
    AccessLog(Form form, int descriptor);
    ~AccessLog();  // gives the reader a second for what waits
    AccessLog(const AccessLog&) = delete;
    AccessLog& operator=(const AccessLog&) = delete;

    void write(const Served& served);
    static std::string line(Form form, const Served& served, int64_t time_ms);

  private:
    class Writer;
    const Form form_;
    const std::shared_ptr<Writer>
        writer_;  // its thread may be held by the reader for longer than this lives
};

}  // namespace csd::airmos
