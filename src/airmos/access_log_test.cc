// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/access_log.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace csd::airmos {
namespace {

Served example() {
    Served served;
    served.request_id = "0123456789ABCDEF";
    served.remote = "127.0.0.1:4711";
    served.method = "GET";
    served.target = "/b/k?X-Amz-Expires=60&X-Amz-Signature=cafe&x=1";
    served.bucket = "b";
    served.key = "k";
    served.operation = "GetObject";
    served.status = 200;
    served.seconds = 0.5;
    served.sent_bytes = 4096;
    served.user_agent = "a \"quoted\" \xff agent\n";
    return served;
}

TEST(AccessLog, JsonIsOneLineOfOneObject) {
    const std::string line = AccessLog::line(AccessLog::Form::kJson, example(), 1795384899123);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    const auto object = nlohmann::json::parse(line);
    EXPECT_EQ(object["time"], "2026-11-22T22:01:39.123Z");
    EXPECT_EQ(object["operation"], "GetObject");
    EXPECT_EQ(object["status"], 200);
    EXPECT_EQ(object["sent_bytes"], 4096);
    EXPECT_EQ(object["seconds"], 0.5);
    EXPECT_EQ(object["user_agent"], "a \"quoted\" \xEF\xBF\xBD agent\n");
    EXPECT_EQ(object.size(), 14);
}

TEST(AccessLog, SignaturesAreNotLogged) {
    for (const auto form : {AccessLog::Form::kJson, AccessLog::Form::kText}) {
        const std::string line = AccessLog::line(form, example(), 0);
        EXPECT_EQ(line.find("cafe"), std::string::npos);
        EXPECT_NE(line.find("X-Amz-Signature=-&x=1"), std::string::npos);
    }
    Served last = example();
    last.target = "/b?X-Amz-Signature=cafe";
    EXPECT_EQ(AccessLog::line(AccessLog::Form::kText, last, 0).find("cafe"), std::string::npos);
}

TEST(AccessLog, TextIsOneLine) {
    Served served = example();
    served.error = "NoSuchKey";
    const std::string line = AccessLog::line(AccessLog::Form::kText, served, 1795384899123);
    EXPECT_EQ(line,
              "2026-11-22T22:01:39.123Z 0123456789ABCDEF 127.0.0.1:4711 GET "
              "/b/k?X-Amz-Expires=60&X-Amz-Signature=-&x=1 GetObject 200 0.500000s in 0 out 4096 "
              "NoSuchKey\n");
}

}  // namespace
}  // namespace csd::airmos
