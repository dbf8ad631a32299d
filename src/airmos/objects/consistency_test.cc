// SPDX-License-Identifier: BSD-3-Clause
//
// What clients see while a change is between two of its steps. A test holds the change at the drive, looks, and lets it go:
// every request must tell of the object, the upload or the bucket as it was before the change, or wait and tell what it is
// after it. So no two requests, one after the other, tell first the new and then the old.
//
// The drive has one quick thread. While a test holds it, a request that waits for the change is counted as waiting at the
// drive, which is how a test knows that a request has no answer, without a clock.
#include <gmock/gmock.h>

#include <thread>

#include "airmos/objects/test_store.hpp"
#include "lib/fault_transport.hpp"
#include "lib/scale.hpp"

namespace csd::airmos::objects {
namespace {

using test::Act;
using test::Aim;
using test::Edge;
using test::FaultPlan;
using test::Held;

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Aim kManifestStored{Edge::kAfter, Act::kStore, RecordType::kManifest};
constexpr Aim kManifestErased{Edge::kAfter, Act::kErase, RecordType::kManifest};

class ConsistencyTest : public ::testing::Test {
  protected:
    void SetUp() override {
        store.options.threads_per_drive = 1;
        store.seams.open = test::open_with_faults(plan);
        ASSERT_EQ("", store.make_bucket("b"));
    }

    // Whether the task ends while the change is held, or waits at the drive.
    template <typename T>
    bool ends(std::future<T>& task) {
        while (task.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
            if (store.objects().drives()[0].waiting > 0) return false;
            std::this_thread::yield();
        }
        return true;
    }

    // The version that a request told, by its ETag, or the code of its error.
    static std::string told(const Outcome<ObjectInfo>& info) {
        return info.ok() ? info.value().meta.etag : std::string(info.error().code());
    }
    static std::string told(const Outcome<std::unique_ptr<Reader>>& reader) {
        if (!reader.ok()) return std::string(reader.error().code());
        return reader.value()->info().meta.etag;
    }
    std::string listed(const std::string& name) {
        const auto page = store.objects().list("b", {});
        if (!page.ok()) return std::string(page.error().code());
        for (const auto& object : page.value().objects) {
            if (object.name == name) return object.etag;
        }
        return "NoSuchKey";
    }

    auto start_head(const std::string& name) {
        return store.runner.start(store.objects().head("b", name));
    }
    auto start_read(const std::string& name) {
        return store.runner.start(store.objects().read("b", name));
    }
    auto start_put(const std::string& name, const std::string& data) {
        return store.runner.start(TestStore::putting(store.objects(), "b", name, data, {}));
    }

    // `before` and `after` are the two versions of the name. A request that ends while the change is held must tell of the
    // old one, as a listing does, and one that waits may tell of either.
    void expect_one_version(Held& held, const std::string& name, const std::string& before,
                            const std::string& after, const std::function<void()>& finish) {
        const auto right = [&](bool ended, const std::string& version) {
            return version == before || (!ended && version == after);
        };
        held.wait();
        auto head = start_head(name);
        const bool head_ended = ends(head);
        auto read = start_read(name);
        const bool read_ended = ends(read);
        EXPECT_EQ(before, listed(name));
        held.release();
        finish();
        const std::string from_head = told(head.get());
        const std::string from_read = told(read.get());
        EXPECT_TRUE(right(head_ended, from_head)) << "HEAD told " << from_head;
        EXPECT_TRUE(right(read_ended, from_read)) << "GET told " << from_read;
        EXPECT_EQ(after, listed(name));
        EXPECT_EQ(after, told(store.run(store.objects().head("b", name))));
        EXPECT_EQ(after, told(store.run(store.objects().read("b", name))));
    }

    FaultPlan plan;
    TestStore store;
};

TEST_F(ConsistencyTest, AnOverwriteAppearsToAllRequestsAtOnce) {
    ASSERT_EQ("", store.put("b", "n", "old"));
    Held stored(plan, kManifestStored);
    auto putting = start_put("n", "new");
    expect_one_version(stored, "n", TestStore::etag_of("old"), TestStore::etag_of("new"),
                       [&] { EXPECT_EQ("", TestStore::code(putting.get())); });
}

TEST_F(ConsistencyTest, ANewObjectAppearsToAllRequestsAtOnce) {
    Held stored(plan, kManifestStored);
    auto putting = start_put("n", "new");
    expect_one_version(stored, "n", "NoSuchKey", TestStore::etag_of("new"),
                       [&] { EXPECT_EQ("", TestStore::code(putting.get())); });
}

TEST_F(ConsistencyTest, ADeletionIsSeenByAllRequestsAtOnce) {
    ASSERT_EQ("", store.put("b", "n", "old"));
    Held erased(plan, kManifestErased);
    auto removing = store.runner.start(store.objects().remove("b", "n", {}));
    expect_one_version(erased, "n", TestStore::etag_of("old"), "NoSuchKey",
                       [&] { EXPECT_TRUE(removing.get().value()); });
}

// The data stays the same, so only the version of the manifest tells old tags from new.
TEST_F(ConsistencyTest, TagsAreSeenByAllRequestsAtOnce) {
    ASSERT_EQ("", store.put("b", "n", "data"));
    ASSERT_TRUE(store.run(store.objects().set_tags("b", "n", {{"k", "old"}})).ok());
    Held stored(plan, kManifestStored);
    auto tagging = store.runner.start(store.objects().set_tags("b", "n", {{"k", "new"}}));
    stored.wait();
    auto head = start_head("n");
    const bool head_ended = ends(head);
    auto read = start_read("n");
    const bool read_ended = ends(read);
    stored.release();
    EXPECT_TRUE(tagging.get().ok());
    const std::string from_head = head.get().value().meta.tags.at(0).second;
    auto reader = read.get();
    ASSERT_TRUE(reader.ok());
    const std::string from_read = reader.value()->info().meta.tags.at(0).second;
    EXPECT_TRUE(from_head == "old" || !head_ended) << "it told what the node did not know";
    EXPECT_TRUE(from_read == "old" || !read_ended) << "it told what the node did not know";
    EXPECT_EQ("data", store.run(TestStore::reading(std::move(reader).value())));
    EXPECT_EQ("new", store.run(store.objects().head("b", "n")).value().meta.tags.at(0).second);
}

// The change that was not acknowledged is there or not, for every request alike, from the first that tells.
TEST_F(ConsistencyTest, TagsWhoseCompletionWasLostAreThereOrNot) {
    ASSERT_EQ("", store.put("b", "n", "data"));
    ASSERT_TRUE(store.run(store.objects().set_tags("b", "n", {{"k", "old"}})).ok());
    plan.arm(FaultPlan::Kind::kLoseOneAnswer, 0);
    const bool acknowledged = store.run(store.objects().set_tags("b", "n", {{"k", "new"}})).ok();
    const auto first = store.run(store.objects().head("b", "n"));
    ASSERT_TRUE(first.ok());
    auto reader = store.run(store.objects().read("b", "n"));
    ASSERT_TRUE(reader.ok());
    EXPECT_EQ(first.value().meta.tags, reader.value()->info().meta.tags);
    if (acknowledged) {
        EXPECT_EQ("new", first.value().meta.tags.at(0).second);
    }
    reader.value().reset();
    store.reopen();
    EXPECT_EQ(first.value().meta.tags, store.run(store.objects().head("b", "n")).value().meta.tags);
}

// The node gave the command up and asked the drive, and then the drive does what it was told. The request had failed, so it may
// take effect late; but it takes effect whole, and for every request.
TEST_F(ConsistencyTest, AStoreThatTheDriveDoesLateTakesEffectThen) {
    ASSERT_EQ("", store.put("b", "n", "old"));
    plan.arm(FaultPlan::Kind::kDelayTwo, 1);  // after the data
    EXPECT_EQ("ServiceUnavailable", store.put("b", "n", "new"));
    EXPECT_EQ(TestStore::etag_of("old"), told(store.run(store.objects().head("b", "n"))));
    plan.deliver_delayed(store.options.devices[0]);
    EXPECT_EQ(TestStore::etag_of("new"), told(store.run(store.objects().head("b", "n"))));
    EXPECT_EQ(TestStore::etag_of("new"), listed("n"));
    EXPECT_EQ("new", store.get("b", "n"));
    store.reopen();
    EXPECT_EQ("new", store.get("b", "n"));
    store.close();
    EXPECT_EQ(1u, store.count(RecordType::kData));
}

TEST_F(ConsistencyTest, ADeletionThatTheDriveDoesLateTakesEffectThen) {
    ASSERT_EQ("", store.put("b", "n", "old"));
    plan.arm(FaultPlan::Kind::kDelayTwo, 0);
    EXPECT_EQ("ServiceUnavailable", store.remove("b", "n"));
    EXPECT_EQ("old", store.get("b", "n"));
    plan.deliver_delayed(store.options.devices[0]);
    EXPECT_EQ("error: NoSuchKey", store.get("b", "n"));
    EXPECT_EQ("NoSuchKey", listed("n"));
}

// A manifest longer than one transfer is read in pieces, and may be replaced between two of them.
TEST_F(ConsistencyTest, AManifestThatWasReplacedWhileItWasReadIsReadAgain) {
    ASSERT_EQ("", store.put("b", "n", "data"));
    plan.spoilt = RecordType::kManifest;
    plan.reads_to_spoil = 1;
    EXPECT_EQ(TestStore::etag_of("data"), told(store.run(store.objects().head("b", "n"))));
    plan.reads_to_spoil = 1;
    EXPECT_EQ("data", store.get("b", "n"));
    plan.reads_to_spoil = 2;
    EXPECT_EQ("ServiceUnavailable", told(store.run(store.objects().head("b", "n"))))
        << "it is damaged, also when no request changes it";
}

// The reader has the manifest, and not yet the data, when the object is replaced.
TEST_F(ConsistencyTest, DataStaysForAReaderThatHasOnlyBegun) {
    ASSERT_EQ("", store.put("b", "n", "old"));
    Held read(plan, {Edge::kAfter, Act::kRead, RecordType::kManifest});
    auto getting = store.runner.start_apart(TestStore::getting(store.objects(), "b", "n"));
    read.wait();
    ASSERT_EQ("", store.put("b", "n", "new"));
    read.release();
    EXPECT_EQ("old", getting.get());
    EXPECT_EQ("new", store.get("b", "n"));
    store.close();
    EXPECT_EQ(1u, store.count(RecordType::kData));
}

// The copy is of the version that was read, its bytes and what is said of them, though the source is replaced meanwhile.
TEST_F(ConsistencyTest, ACopyIsOfOneVersionOfItsSource) {
    ASSERT_EQ("", store.put("b", "n", "old"));
    auto source = store.run(store.objects().read("b", "n"));
    ASSERT_TRUE(source.ok());
    Held joining(plan, {Edge::kBefore, Act::kCompose, RecordType::kData});
    auto copying = store.runner.start(
        store.objects().copy(*source.value(), "b", "copy", {.etag = "", .headers = {}}, {}));
    joining.wait();
    ASSERT_EQ("", store.put("b", "n", "newer"));
    joining.release();
    EXPECT_EQ(TestStore::etag_of("old"), told(copying.get()));
    source.value().reset();
    EXPECT_EQ("old", store.get("b", "copy"));
    EXPECT_EQ("newer", store.get("b", "n"));
}

// --- Uploads ----------------------------------------------------------------------------------------

class UploadConsistencyTest : public ConsistencyTest {
  protected:
    // With one part.
    std::string begin() {
        Upload upload;
        upload.name = "n";
        const auto made = store.run(store.objects().create_upload("b", upload));
        EXPECT_TRUE(made.ok());
        const std::string id = made.value().id;
        EXPECT_TRUE(store.run(putting_part(store.objects(), id, 1, "one")).ok());
        return id;
    }
    static Task<Outcome<Part>> putting_part(Objects& objects, std::string id, uint32_t number,
                                            std::string data) {
        auto writer = co_await objects.create_part("b", "n", id, number);
        if (!writer.ok()) co_return writer.error();
        auto written = co_await writer.value()->write(as_bytes(data));
        if (!written.ok()) co_return written.error();
        co_return co_await writer.value()->commit(TestStore::etag_of(data), {});
    }
    auto start_complete(const std::string& id) {
        ObjectMeta meta;
        meta.etag = "whole";
        return store.runner.start(store.objects().complete_upload(
            "b", "n", id, {{1, TestStore::etag_of("one"), {}}}, meta, {}));
    }
    std::vector<std::string> uploads() {
        std::vector<std::string> ids;
        const auto page = store.objects().uploads("b", {}, "");
        if (!page.ok()) return {std::string(page.error().code())};
        for (const auto& upload : page.value().uploads) ids.push_back(upload.id);
        return ids;
    }
    std::string parts(const std::string& id) {
        const auto page = store.objects().parts("b", "n", id, 0, 10);
        if (!page.ok()) return std::string(page.error().code());
        return std::to_string(page.value().parts.size());
    }
};

TEST_F(UploadConsistencyTest, AnUploadEndsWhenItsObjectAppears) {
    for (const Aim& aim : {kManifestStored, Aim{Edge::kBefore, Act::kErase, RecordType::kUpload},
                           Aim{Edge::kAfter, Act::kErase, RecordType::kUpload}}) {
        SCOPED_TRACE(testing::Message() << "held at edge " << static_cast<int>(aim.edge)
                                        << " of act " << static_cast<int>(aim.act));
        ASSERT_EQ("", store.put("b", "n", "old"));
        const std::string id = begin();
        // Complete has another thread of the drive. This keeps the quick one, so that what waits is counted as waiting.
        Held quick(plan, {Edge::kBefore, Act::kStore, RecordType::kData});
        auto other = start_put("other", "x");
        quick.wait();
        Held step(plan, aim);
        auto completing = start_complete(id);
        step.wait();
        auto head = start_head("n");
        const bool ended = ends(head);
        EXPECT_EQ(TestStore::etag_of("old"), listed("n"));
        EXPECT_THAT(uploads(), ElementsAre(id));
        EXPECT_EQ("1", parts(id));
        step.release();
        quick.release();
        EXPECT_EQ("", TestStore::code(completing.get()));
        EXPECT_EQ("", TestStore::code(other.get()));
        const std::string from_head = told(head.get());
        EXPECT_TRUE(from_head == TestStore::etag_of("old") || !ended) << "HEAD told " << from_head;
        EXPECT_EQ("whole", listed("n"));
        EXPECT_THAT(uploads(), IsEmpty());
        EXPECT_EQ("NoSuchUpload", parts(id));
    }
}

// Listing the parts needs no drive, so no command can be held there: it is asked often instead, beside the end of the upload.
TEST_F(UploadConsistencyTest, AnUploadHasItsPartsUntilItsEnd) {
    const int rounds = test::is_small_scale() ? 20 : 200;
    for (int round = 0; round < rounds && !HasFailure(); round++) {
        const std::string id = begin();
        std::atomic<bool> stop{false};
        std::string wrong;
        std::thread lister([&] {
            while (!stop) {
                const std::string now = parts(id);
                if (now != "1" && now != "NoSuchUpload") wrong = now;
            }
        });
        const std::string code =
            TestStore::code(store.run(store.objects().abort_upload("b", "n", id)));
        stop = true;
        lister.join();
        EXPECT_EQ("", code);
        EXPECT_EQ("", wrong) << "parts of an upload that never had so many";
    }
}

// --- Buckets ----------------------------------------------------------------------------------------

class BucketConsistencyTest : public UploadConsistencyTest {
  protected:
    void SetUp() override {
        UploadConsistencyTest::SetUp();
        store.options.threads_per_drive = 2;  // one is held, the other goes on
        store.reopen();
    }
    auto start_delete() { return store.runner.start(store.objects().delete_bucket("b")); }
};

TEST_F(BucketConsistencyTest, ABucketThatIsBeingDeletedIsNotGoneForSome) {
    for (const Edge edge : {Edge::kBefore, Edge::kAfter}) {
        Held erased(plan, {edge, Act::kErase, RecordType::kBucket});
        auto deleting = start_delete();
        erased.wait();
        const std::string put = store.put("b", "n", "x");
        const std::string created =
            TestStore::code(store.run(store.objects().create_upload("b", {.name = "n"})));
        EXPECT_EQ("", TestStore::code(store.objects().bucket("b")));
        EXPECT_EQ("", TestStore::code(store.objects().list("b", {})));
        erased.release();
        EXPECT_EQ("", TestStore::code(deleting.get()));
        EXPECT_EQ("OperationAborted", put);
        EXPECT_EQ("OperationAborted", created);
        EXPECT_EQ("NoSuchBucket", store.put("b", "n", "x"));
        EXPECT_EQ("NoSuchBucket", TestStore::code(store.objects().bucket("b")));
        ASSERT_EQ("", store.make_bucket("b"));
    }
}

TEST_F(BucketConsistencyTest, ABucketIsNotDeletedUnderAnUploadThatIsBeingCompleted) {
    const std::string id = begin();
    Held joining(plan, {Edge::kBefore, Act::kCompose, RecordType::kData});
    auto completing = start_complete(id);
    joining.wait();
    const std::string deleted = TestStore::code(store.run(store.objects().delete_bucket("b")));
    joining.release();
    EXPECT_EQ("", TestStore::code(completing.get()));
    EXPECT_EQ("OperationAborted", deleted);
    EXPECT_EQ("one", store.get("b", "n"));
}

}  // namespace
}  // namespace csd::airmos::objects
