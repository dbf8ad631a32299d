// SPDX-License-Identifier: BSD-3-Clause
//
// Every operation is stopped after every command that changes the drive, as by kill -9, and the store opened again: the
// operation has happened or not, whole; acknowledged it has; and nothing lies on the drive that nothing names. And every
// answer is lost once: then memory must be what the drive has.
#include <gtest/gtest.h>

#include <map>

#include "airmos/objects/test_store.hpp"
#include "lib/fault_transport.hpp"

namespace csd::airmos::objects {
namespace {

using test::FaultPlan;

// All that a client can see.
using Picture = std::map<std::string, std::string>;

class FaultTest : public ::testing::Test {
  protected:
    using Operation = std::function<std::string(TestStore&)>;  // returns the error's code, or ""

    static std::string large() { return std::string(2 * kMiB + 3, 'L'); }

    // Two buckets, a small and a large object, and an upload with two parts.
    void prepare(TestStore& store) {
        ASSERT_EQ("", store.make_bucket("b"));
        ASSERT_EQ("", store.make_bucket("empty"));
        ASSERT_EQ("", store.put("b", "old", "old data"));
        ASSERT_EQ("", store.put("b", "large", large()));
        Upload upload;
        upload.name = "up";
        auto made = store.run(store.objects().create_upload("b", upload));
        ASSERT_TRUE(made.ok());
        upload_ = made.value().id;
        ASSERT_EQ("", put_part(store, 1, std::string(20, 'p')));
        ASSERT_EQ("", put_part(store, 2, std::string(7, 'q')));
    }

    static Task<Outcome<Part>> putting_part(Objects& objects, std::string id, uint32_t number,
                                            std::string data) {
        auto writer = co_await objects.create_part("b", "up", id, number);
        if (!writer.ok()) co_return writer.error();
        auto written = co_await writer.value()->write(as_bytes(data));
        if (!written.ok()) co_return written.error();
        co_return co_await writer.value()->commit(TestStore::etag_of(data), {});
    }
    std::string put_part(TestStore& store, uint32_t number, const std::string& data) {
        return TestStore::code(store.run(putting_part(store.objects(), upload_, number, data)));
    }
    std::string complete(TestStore& store) {
        const std::vector<CompletedPart> parts = {{1, TestStore::etag_of(std::string(20, 'p')), {}},
                                                  {2, TestStore::etag_of(std::string(7, 'q')), {}}};
        return TestStore::code(store.run(store.objects().complete_upload(
            "b", "up", upload_, parts,
            {.etag = "whole", .headers = {}, .tags = {}, .checksums = {}}, {})));
    }
    static Task<Outcome<ObjectInfo>> copying(Objects& objects, std::string from, std::string to) {
        auto reader = co_await objects.read("b", from);
        if (!reader.ok()) co_return reader.error();
        ObjectMeta meta;
        co_return co_await objects.copy(*reader.value(), "b", to, meta, {});
    }

    Picture picture(TestStore& store) {
        Picture seen;
        for (const auto& bucket : store.objects().buckets()) {
            seen["bucket " + bucket.name] = bucket.tags.empty() ? "" : bucket.tags[0].second;
            for (const std::string& name : store.names(bucket.name)) {
                seen[bucket.name + "/" + name] = store.get(bucket.name, name);
                const auto info = store.run(store.objects().head(bucket.name, name));
                if (info.ok() && !info.value().meta.tags.empty()) seen["tags of " + name] = "set";
            }
            const auto uploads = store.objects().uploads(bucket.name, {}, "");
            if (!uploads.ok()) continue;
            for (const auto& upload : uploads.value().uploads) {
                std::string parts;
                const auto page =
                    store.objects().parts(bucket.name, upload.name, upload.id, 0, 100);
                for (const auto& part : page.value().parts) parts += part.etag + " ";
                seen["upload " + upload.name] = parts;
            }
        }
        return seen;
    }

    // The values that what is seen needs: a manifest and data for each object, a record and data for each part.
    void expect_nothing_left_over(TestStore& store, const Picture& seen) {
        size_t objects = 0;
        size_t parts = 0;
        for (const auto& [what, value] : seen) {
            objects += what.find('/') != std::string::npos;
            if (what.starts_with("upload "))
                parts += static_cast<size_t>(std::count(value.begin(), value.end(), ' '));
        }
        EXPECT_EQ(objects, store.count(RecordType::kManifest));
        EXPECT_EQ(parts, store.count(RecordType::kPart));
        EXPECT_EQ(objects + parts, store.count(RecordType::kData));
    }

    void strike_everywhere(const Operation& operation, bool lists_both = false) {
        Picture before;
        Picture after;
        {
            TestStore store;
            prepare(store);
            before = picture(store);
            ASSERT_EQ("", operation(store));
            after = picture(store);
            ASSERT_NE(before, after) << "it does nothing";
        }
        for (const auto kind : {FaultPlan::Kind::kStop, FaultPlan::Kind::kLoseOneAnswer}) {
            for (int step = 0; step < 40; step++) {
                SCOPED_TRACE((kind == FaultPlan::Kind::kStop ? "stopped at command "
                                                             : "answer lost of command ") +
                             std::to_string(step));
                if (!strike(operation, kind, step, before, after, lists_both)) break;
                if (HasFailure()) return;
                ASSERT_LT(step, 39) << "it never ends";
            }
        }
    }

    // False: the operation has fewer commands.
    bool strike(const Operation& operation, FaultPlan::Kind kind, int step, const Picture& before,
                const Picture& after, bool lists_both) {
        FaultPlan plan;
        TestStore store;
        store.seams.open = test::open_with_faults(plan);
        prepare(store);
        plan.arm(kind, step);
        const bool acknowledged = operation(store).empty();
        Picture in_memory;
        if (kind == FaultPlan::Kind::kLoseOneAnswer) in_memory = picture(store);
        store.close();
        const bool struck = plan.struck;
        plan.armed = false;
        plan.struck = false;
        store.reopen();
        const Picture now = picture(store);
        // The upload of an object that was completed may still be there, to be completed again.
        Picture both = after;
        both.insert(before.begin(), before.end());
        if (acknowledged) {
            EXPECT_EQ(after, now);
        } else {
            EXPECT_TRUE(now == before || now == after || (lists_both && now == both));
        }
        if (kind == FaultPlan::Kind::kLoseOneAnswer && !lists_both) {
            EXPECT_EQ(in_memory, now);
        }
        store.close();
        expect_nothing_left_over(store, now);
        return struck;
    }

    std::string upload_;
};

TEST_F(FaultTest, Put) {
    strike_everywhere([](TestStore& store) { return store.put("b", "new", "new data"); });
}
TEST_F(FaultTest, PutOfALargeObject) {
    strike_everywhere([](TestStore& store) { return store.put("b", "new", large() + "x"); });
}
TEST_F(FaultTest, Overwrite) {
    strike_everywhere([](TestStore& store) { return store.put("b", "old", "new data"); });
}
TEST_F(FaultTest, OverwriteOfALargeObject) {
    strike_everywhere([](TestStore& store) { return store.put("b", "large", "small"); });
}
TEST_F(FaultTest, Delete) {
    strike_everywhere([](TestStore& store) { return store.remove("b", "old"); });
}
TEST_F(FaultTest, Copy) {
    strike_everywhere([](TestStore& store) {
        return TestStore::code(store.run(copying(store.objects(), "large", "copy")));
    });
}
TEST_F(FaultTest, CopyOverAnObject) {
    strike_everywhere([](TestStore& store) {
        return TestStore::code(store.run(copying(store.objects(), "large", "old")));
    });
}
TEST_F(FaultTest, SetTags) {
    strike_everywhere([](TestStore& store) {
        return TestStore::code(store.run(store.objects().set_tags("b", "old", {{"k", "v"}})));
    });
}
TEST_F(FaultTest, CreateUpload) {
    strike_everywhere([](TestStore& store) {
        Upload upload;
        upload.name = "another";
        return TestStore::code(store.run(store.objects().create_upload("b", upload)));
    });
}
TEST_F(FaultTest, PutPart) {
    strike_everywhere([this](TestStore& store) { return put_part(store, 3, "third"); });
}
TEST_F(FaultTest, OverwritePart) {
    strike_everywhere([this](TestStore& store) { return put_part(store, 2, "another second"); });
}
TEST_F(FaultTest, Complete) {
    strike_everywhere([this](TestStore& store) { return complete(store); }, true);
}
TEST_F(FaultTest, Abort) {
    strike_everywhere([this](TestStore& store) {
        return TestStore::code(store.run(store.objects().abort_upload("b", "up", upload_)));
    });
}
TEST_F(FaultTest, CreateBucket) {
    strike_everywhere([](TestStore& store) { return store.make_bucket("new"); });
}
TEST_F(FaultTest, DeleteBucket) {
    strike_everywhere([](TestStore& store) {
        return TestStore::code(store.run(store.objects().delete_bucket("empty")));
    });
}
TEST_F(FaultTest, SetBucketTags) {
    strike_everywhere([](TestStore& store) {
        return TestStore::code(store.run(store.objects().set_bucket_tags("b", {{"k", "v"}})));
    });
}

}  // namespace
}  // namespace csd::airmos::objects
