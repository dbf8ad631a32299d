// SPDX-License-Identifier: BSD-3-Clause
//
// What a client is told that completes an upload a second time.
#include <gmock/gmock.h>

#include "airmos/objects/test_store.hpp"
#include "lib/fault_transport.hpp"

namespace csd::airmos::objects {
namespace {

using test::Act;
using test::Aim;
using test::Edge;
using test::FaultPlan;
using test::Held;

class CompletionTest : public ::testing::Test {
  protected:
    CompletionTest() {
        store.seams.open = test::open_with_faults(plan);
        EXPECT_EQ("", store.make_bucket("b"));
    }

    // An upload of "n" with one part.
    std::string begin() {
        const auto made = store.run(store.objects().create_upload("b", {.name = "n"}));
        EXPECT_TRUE(made.ok());
        const std::string id = made.value().id;
        EXPECT_TRUE(store.run(putting(store.objects(), id)).ok());
        return id;
    }
    static Task<Outcome<Part>> putting(Objects& objects, std::string id) {
        auto writer = co_await objects.create_part("b", "n", id, 1);
        if (!writer.ok()) co_return writer.error();
        auto written = co_await writer.value()->write(as_bytes(std::string_view("one")));
        if (!written.ok()) co_return written.error();
        co_return co_await writer.value()->commit(TestStore::etag_of("one"), a_checksum());
    }
    static std::vector<Checksum> a_checksum() { return {{"CRC32", "c", false}}; }
    static std::vector<CompletedPart> parts() { return {{1, TestStore::etag_of("one"), {}}}; }
    static ObjectMeta whole() {
        ObjectMeta meta;
        meta.etag = "whole-1";
        meta.checksums = {{"CRC32", "c-1", true}};
        return meta;
    }
    auto start_complete(const std::string& id) {
        return store.runner.start(
            store.objects().complete_upload("b", "n", id, parts(), whole(), {}));
    }
    std::string complete(const std::string& id) {
        return TestStore::code(start_complete(id).get());
    }
    std::string told(const std::string& id, std::vector<CompletedPart> asked = parts(),
                     Condition condition = {}, const std::string& name = "n") {
        const auto found =
            store.run(store.objects().completion("b", name, id, std::move(asked), condition));
        if (!found.ok()) return std::string(found.error().code());
        const Completion& made = found.value();
        return std::to_string(made.size) + " " + made.etag + " " + made.checksums.at(0).value;
    }
    size_t count(RecordType type) {
        store.close();
        return store.count(type);
    }

    FaultPlan plan;
    TestStore store;
};

constexpr const char* kTold = "3 whole-1 c-1";

TEST_F(CompletionTest, TheSameRequestIsToldTheSameAlsoAfterARestart) {
    const std::string id = begin();
    EXPECT_EQ("NoSuchUpload", told(id)) << "it is open";
    ASSERT_EQ("", complete(id));
    EXPECT_EQ(kTold, told(id));
    EXPECT_EQ("NoSuchUpload", complete(id)) << "it does not run a second time";
    store.reopen();
    EXPECT_EQ(kTold, told(id));
    EXPECT_EQ(1u, count(RecordType::kCompletion));
    EXPECT_EQ(0u, store.count(RecordType::kUpload));
}

TEST_F(CompletionTest, AnotherRequestIsNot) {
    const std::string id = begin();
    const std::string other = begin();
    ASSERT_EQ("", complete(id));
    CompletedPart with_checksum = parts()[0];
    with_checksum.checksums = {{"CRC32", "c", false}};
    const std::string unknown = "NoSuchUpload";
    EXPECT_EQ(unknown, told(id, {with_checksum}));
    EXPECT_EQ(unknown, told(id, {{2, TestStore::etag_of("one"), {}}}));
    EXPECT_EQ(unknown, told(id, {{1, "other", {}}}));
    EXPECT_EQ(unknown, told(id, {}));
    EXPECT_EQ(unknown, told(id, parts(), {.if_match = {}, .if_none_match = {"*"}}));
    EXPECT_EQ(unknown, told(id, parts(), {.if_match = {"*"}, .if_none_match = {}}));
    EXPECT_EQ(unknown, told(id, parts(), {}, "m"));
    EXPECT_EQ(unknown, told(other));
    EXPECT_EQ(unknown, told("0123"));
    EXPECT_EQ(unknown, told(random_upload_id().text()));
}

TEST_F(CompletionTest, AnObjectThatIsGoneStaysGone) {
    const std::string id = begin();
    ASSERT_EQ("", complete(id));
    ASSERT_EQ("", store.put("b", "n", "newer"));
    EXPECT_EQ(kTold, told(id));
    EXPECT_EQ("newer", store.get("b", "n"));
    ASSERT_EQ("", store.remove("b", "n"));
    store.reopen();
    EXPECT_EQ(kTold, told(id));
    EXPECT_EQ("error: NoSuchKey", store.get("b", "n"));
}

TEST_F(CompletionTest, ABucketTakesItsCompletionsWithIt) {
    const std::string id = begin();
    ASSERT_EQ("", complete(id));
    ASSERT_EQ("", store.remove("b", "n"));
    ASSERT_EQ("", TestStore::code(store.run(store.objects().delete_bucket("b"))));
    ASSERT_EQ("", store.make_bucket("b"));
    EXPECT_EQ("NoSuchUpload", told(id));
    store.reopen();
    EXPECT_EQ(0u, count(RecordType::kCompletion));
}

TEST_F(CompletionTest, ItIsForgottenAfterItsTime) {
    const std::string id = begin();
    ASSERT_EQ("", complete(id));
    store.seams.completions_last_ms = 0;
    store.reopen();
    EXPECT_EQ("NoSuchUpload", told(id));
    EXPECT_EQ(0u, count(RecordType::kCompletion));
}

// A crash after any of the steps: the upload is open, or it has ended and the client is told so. Never both.
TEST_F(CompletionTest, ACrashLeavesTheUploadOrTheObject) {
    struct Step {
        const char* name;
        Aim aim;
        bool ended;
    };
    constexpr Step kSteps[] = {
        {"before the completion", {Edge::kBefore, Act::kStore, RecordType::kCompletion}, false},
        {"after the completion", {Edge::kAfter, Act::kStore, RecordType::kCompletion}, false},
        {"after the manifest", {Edge::kAfter, Act::kStore, RecordType::kManifest}, true},
        {"after the end", {Edge::kAfter, Act::kErase, RecordType::kUpload}, true},
    };
    for (const Step& step : kSteps) {
        SCOPED_TRACE(step.name);
        ASSERT_EQ("", store.put("b", "n", "old"));
        const std::string id = begin();
        TestStore copy;
        {
            Held held(plan, step.aim);
            auto completing = start_complete(id);
            held.wait();
            std::filesystem::copy(store.directory.path(), copy.directory.path(),
                                  std::filesystem::copy_options::recursive);
            held.release();
            EXPECT_EQ("", TestStore::code(completing.get()));
        }
        EXPECT_EQ(step.ended ? "one" : "old", copy.get("b", "n"));
        EXPECT_EQ(!step.ended, copy.objects().upload("b", "n", id).ok());
        const auto again = copy.run(copy.objects().completion("b", "n", id, parts(), {}));
        EXPECT_EQ(step.ended, again.ok());
        copy.reopen();
        EXPECT_EQ(!step.ended, copy.objects().upload("b", "n", id).ok());
        if (!step.ended) {
            EXPECT_EQ("", TestStore::code(copy.run(copy.objects().abort_upload("b", "n", id))));
            EXPECT_EQ(
                "NoSuchUpload",
                TestStore::code(copy.run(copy.objects().completion("b", "n", id, parts(), {}))))
                << "what was aborted has not been completed";
        }
        copy.close();
        EXPECT_EQ(0u, copy.count(RecordType::kUpload));
        EXPECT_EQ(0u, copy.count(RecordType::kPart));
        EXPECT_EQ(1u, copy.count(RecordType::kData));
    }
}

// A client that waited too long for the first request asks while that is still carried out.
TEST_F(CompletionTest, TheSameRequestWaitsForTheFirst) {
    const std::string id = begin();
    Held joining(plan, {Edge::kBefore, Act::kCompose, RecordType::kData});
    auto first = start_complete(id);
    joining.wait();
    auto second = start_complete(id);
    const auto other = store.run(store.objects().complete_upload(
        "b", "n", id, parts(), whole(), {.if_match = {}, .if_none_match = {"*"}}));
    EXPECT_EQ("OperationAborted", TestStore::code(other)) << "another request does not wait";
    joining.release();
    EXPECT_EQ("", TestStore::code(first.get()));
    EXPECT_EQ("NoSuchUpload", TestStore::code(second.get()));
    EXPECT_EQ(kTold, told(id));
}

}  // namespace
}  // namespace csd::airmos::objects
