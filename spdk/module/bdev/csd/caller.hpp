// SPDX-License-Identifier: BSD-3-Clause
//
// Caller: who waits for the answer of a JSON-RPC call that takes a while.
//
//     if (auto caller = Caller::of(request)) {       // then, perhaps much later:
//         caller->refuse(-EEXIST, "there is one already");
//     }
//
// SPDK frees its connections when the application ends, whatever is still to be answered there; an answer after that
// would be written into freed memory. A connection tells when it closes. So whoever was not answered until then is
// answered in that moment, and a later answer goes nowhere.
//
// Threads: all of it on the application's thread. Tested by tests/spdk/abrupt_test.sh.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "csd/spdk/compat.h"

namespace csd::spdk {

class Caller {
  public:
    // Null: this connection cannot tell when it closes, and the call has been refused.
    static std::shared_ptr<Caller> of(spdk_jsonrpc_request* request);
    ~Caller();
    Caller(const Caller&) = delete;
    Caller& operator=(const Caller&) = delete;

    // `error`: a negative errno value, or one of SPDK_JSONRPC_ERROR.
    void refuse(int error, const std::string& why);
    void answer(const std::function<void(spdk_json_write_ctx*)>& write);

  private:
    Caller(spdk_jsonrpc_request* request, spdk_jsonrpc_server_conn* connection);
    static void closed(spdk_jsonrpc_server_conn* connection, void*);
    spdk_jsonrpc_request* take();  // null: it was answered

    spdk_jsonrpc_request* request_;
    spdk_jsonrpc_server_conn* const connection_;
};

}  // namespace csd::spdk
