// SPDX-License-Identifier: BSD-3-Clause
//
// For tests of operations: a store on a real drive of this process, a bucket "photos", and requests without a server.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <thread>

#include "airmos/core/run_task.hpp"
#include "airmos/operations/fake_exchange.hpp"
#include "airmos/operations/metrics.hpp"
#include "airmos/operations/operation.hpp"
#include "lib/temp_dir.hpp"

namespace csd::airmos {

class OperationsTest : public testing::Test {
  protected:
    using Arguments = std::vector<std::pair<std::string, std::string>>;

    struct Call {
        std::string method, bucket, key;
        Arguments query = {}, headers = {};
        std::string body = {};
    };

    struct Answer {
        int status = 0;
        std::string code;  // of the error
        std::string body;
        Fields headers;
    };

    void SetUp() override {
        auto opened = Objects::open({{"emulator:" + directory_.path() + "/drive"}, 2, {}});
        ASSERT_TRUE(opened.ok()) << opened.status().message();
        objects_ = std::move(opened).value();
        for (int tries = 0; tries < 3000 && !objects_->ready(); tries++)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        ASSERT_TRUE(objects_->ready()) << objects_->drives()[0].why_not;
        services_.emplace(Services{*objects_, metrics_, "us-east-1", "owner", "Owner"});
        ASSERT_EQ(call({"PUT", "photos", ""}).status, 200);
    }

    Answer call(const Call& what, const std::function<void(FakeBody&)>& prepare = {}) {
        Request request;
        request.method = what.method;
        request.bucket = what.bucket;
        request.key = what.key;
        request.host = "localhost";
        for (const auto& [name, value] : what.query) request.query.add(name, value);
        for (const auto& [name, value] : what.headers) request.headers.add(name, value);
        FakeExchange exchange(std::move(request), what.body);
        if (prepare) prepare(exchange.payload);
        const auto done = run_task(route(exchange.request()).run(exchange, *services_));
        Answer answer{exchange.status, "", exchange.answer, exchange.headers()};
        if (!done.ok()) {
            answer.code = done.error().code();
            if (answer.status == 0) answer.status = done.error().http_status();
        }
        return answer;
    }
    Answer put(const std::string& key, const std::string& body) {
        return call({"PUT", "photos", key, {}, {}, body});
    }
    Answer get(const std::string& key) { return call({"GET", "photos", key}); }
    // The text of the first element of that name; empty if there is none.
    static std::string element(const std::string& body, const std::string& name) {
        const size_t from = body.find("<" + name + ">");
        if (from == std::string::npos) return {};
        const size_t begin = from + name.size() + 2;
        return body.substr(begin, body.find('<', begin) - begin);
    }

    std::string upload(const std::string& key) {
        const std::string body = call({"POST", "photos", key, {{"uploads", ""}}}).body;
        const size_t from = body.find("<UploadId>") + 10;
        return body.substr(from, body.find("</UploadId>") - from);
    }

    test::TempDir directory_{"operations"};
    std::unique_ptr<Objects> objects_;
    Metrics metrics_;
    std::optional<Services> services_;
};

}  // namespace csd::airmos
