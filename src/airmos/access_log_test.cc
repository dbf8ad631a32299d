// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/access_log.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>

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

TEST(AccessLog, SaysWhyWhatTheClientIsNotTold) {
    Served served = example();
    served.error = "InternalError";
    served.cause = "the disk \"a\" is broken";
    const std::string json = AccessLog::line(AccessLog::Form::kJson, served, 0);
    EXPECT_EQ(nlohmann::json::parse(json)["cause"], served.cause);
    const std::string text = AccessLog::line(AccessLog::Form::kText, served, 0);
    EXPECT_TRUE(text.ends_with("InternalError: \"the disk \\\"a\\\" is broken\"\n")) << text;
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

class Pipe {
  public:
    Pipe() { EXPECT_EQ(::pipe(ends_), 0); }
    ~Pipe() {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }
    int writer() const { return ends_[1]; }
    // All that comes until a line has this text, and the rest of that.
    std::string read_to(std::string_view last) {
        std::string text;
        while (text.find(last) == std::string::npos || text.back() != '\n') {
            char buffer[65536];
            pollfd ready{ends_[0], POLLIN, 0};
            if (::poll(&ready, 1, 10000) != 1) return text + "(and nothing more)";
            text.append(buffer, static_cast<size_t>(::read(ends_[0], buffer, sizeof(buffer))));
        }
        return text;
    }

  private:
    int ends_[2] = {-1, -1};
};

TEST(AccessLog, AReaderThatStopsLosesLinesAndStopsNobody) {
    Pipe pipe;
    AccessLog log(AccessLog::Form::kJson, pipe.writer());
    Served served = example();
    const std::string target(5000, 't');  // more than a pipe takes at once
    served.target = target;
    constexpr size_t kWritten = 2000;  // 10 MB, of which 4 MiB wait
    for (size_t i = 0; i < kWritten; i++) {
        const std::string id = std::to_string(i);
        served.request_id = id;
        log.write(served);
    }
    std::istringstream text(pipe.read_to("lost_lines"));
    size_t whole = 0;
    size_t lost = 0;
    for (std::string line; std::getline(text, line);) {
        const auto object = nlohmann::json::parse(line);
        if (object.contains("lost_lines")) {
            lost += object["lost_lines"].get<size_t>();
        } else {
            EXPECT_EQ(object["request_id"], std::to_string(whole)) << "in order";
            whole++;
        }
    }
    EXPECT_GT(whole, 500u);
    EXPECT_EQ(whole + lost, kWritten);
    served.request_id = "after";
    log.write(served);
    EXPECT_EQ(nlohmann::json::parse(pipe.read_to("after"))["request_id"], "after");
}

TEST(AccessLog, AReaderThatNeverComesDoesNotKeepItFromEnding) {
    Pipe pipe;
    Served served = example();
    const std::string target(100'000, 't');
    served.target = target;
    const auto log = std::make_unique<AccessLog>(AccessLog::Form::kText, pipe.writer());
    for (int i = 0; i < 10; i++) log->write(served);
}

TEST(AccessLog, AReaderThatIsGoneIsNoReasonToWait) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    ::close(ends[0]);
    const auto old = std::signal(SIGPIPE, SIG_IGN);  // as the node does
    AccessLog log(AccessLog::Form::kText, ends[1]);
    for (int i = 0; i < 10; i++) log.write(example());
    (void)std::signal(SIGPIPE, old);
    ::close(ends[1]);
}

}  // namespace
}  // namespace csd::airmos
