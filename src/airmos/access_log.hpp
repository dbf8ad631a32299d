// SPDX-License-Identifier: BSD-3-Clause
//
// AccessLog: one line a request on a descriptor, JSON or text, written at once and whole.
//
//     {"time":"2026-11-22T22:01:39.123Z","request_id":"…","remote":"127.0.0.1:4711","method":"GET","target":"/b/k",
//      "bucket":"b","key":"k","operation":"GetObject","status":200,"error":"","seconds":0.0012,"received_bytes":0,
//      "sent_bytes":4096,"user_agent":"aws-cli/2"}
//
// Signatures of presigned URLs are not logged: who reads the log could use them.
// Threads: write() from any. Tested by access_log_test.cc.
#pragma once

#include <string>

#include "airmos/http/application.hpp"

namespace csd::airmos {

class AccessLog {
  public:
    enum class Form : uint8_t { kJson, kText, kNone };
    AccessLog(Form form, int descriptor) : form_(form), descriptor_(descriptor) {}

    void write(const Served& served) const;
    static std::string line(Form form, const Served& served, int64_t time_ms);

  private:
    const Form form_;
    const int descriptor_;
};

}  // namespace csd::airmos
