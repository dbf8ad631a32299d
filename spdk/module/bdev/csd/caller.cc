// SPDX-License-Identifier: BSD-3-Clause
// Tested by tests/spdk/abrupt_test.sh.
#include "caller.hpp"

#include <algorithm>
#include <cerrno>
#include <list>
#include <utility>

namespace csd::spdk {
namespace {

std::list<Caller*> waiting;

}  // namespace

Caller::Caller(spdk_jsonrpc_request* request, spdk_jsonrpc_server_conn* connection)
    : request_(request), connection_(connection) {
    waiting.push_back(this);
}

Caller::~Caller() {
    refuse(SPDK_JSONRPC_ERROR_INTERNAL_ERROR, "nobody answered");
}

std::shared_ptr<Caller> Caller::of(spdk_jsonrpc_request* request) {
    spdk_jsonrpc_server_conn* const connection = spdk_jsonrpc_get_conn(request);
    const int failed = spdk_jsonrpc_conn_add_close_cb(connection, closed, nullptr);
    if (failed != 0 && failed != -EEXIST) {
        spdk_jsonrpc_send_error_response(request, failed,
                                         "this connection waits for another module's answer; use "
                                         "a connection of its own for this call");
        return nullptr;
    }
    return std::shared_ptr<Caller>(new Caller(request, connection));
}

// SPDK frees the connection when this returns, at the earliest.
void Caller::closed(spdk_jsonrpc_server_conn* connection, void*) {
    const std::list<Caller*> all = waiting;
    for (Caller* caller : all) {
        if (caller->connection_ == connection)
            caller->refuse(-ECONNABORTED, "the connection was closed before the answer was there");
    }
}

spdk_jsonrpc_request* Caller::take() {
    if (request_ == nullptr) return nullptr;
    waiting.remove(this);
    const bool is_last = std::none_of(waiting.begin(), waiting.end(), [this](const Caller* other) {
        return other->connection_ == connection_;
    });
    if (is_last) spdk_jsonrpc_conn_del_close_cb(connection_, closed, nullptr);
    return std::exchange(request_, nullptr);
}

void Caller::refuse(int error, const std::string& why) {
    if (spdk_jsonrpc_request* const request = take())
        spdk_jsonrpc_send_error_response(request, error, why.c_str());
}

void Caller::answer(const std::function<void(spdk_json_write_ctx*)>& write) {
    spdk_jsonrpc_request* const request = take();
    if (request == nullptr) return;
    spdk_json_write_ctx* const json = spdk_jsonrpc_begin_result(request);
    write(json);
    spdk_jsonrpc_end_result(request, json);
}

}  // namespace csd::spdk
