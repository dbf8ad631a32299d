// SPDX-License-Identifier: BSD-3-Clause
//
// Multipart uploads, copies, and selects.
#include <gmock/gmock.h>

#include "airmos/objects/test_store.hpp"

namespace csd::airmos::objects {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class UploadTest : public ::testing::Test {
  protected:
    explicit UploadTest(size_t drives = 1) : store(drives) {}
    void SetUp() override { ASSERT_EQ("", store.make_bucket("b")); }

    std::string begin(const std::string& name) {
        Upload upload;
        upload.name = name;
        upload.meta.headers = {{"content-type", "x/y"}};
        return store.run(store.objects().create_upload("b", upload)).value().id;
    }
    static std::vector<Checksum> a_checksum() { return {{"CRC32", "c", false}}; }
    static Task<Outcome<Part>> putting(Objects& objects, std::string name, std::string id,
                                       uint32_t number, std::string data) {
        auto writer = co_await objects.create_part("b", name, id, number);
        if (!writer.ok()) co_return writer.error();
        auto written = co_await writer.value()->write(as_bytes(data));
        if (!written.ok()) co_return written.error();
        co_return co_await writer.value()->commit(TestStore::etag_of(data), a_checksum());
    }
    std::string put(const std::string& name, const std::string& id, uint32_t number,
                    const std::string& data) {
        return TestStore::code(store.run(putting(store.objects(), name, id, number, data)));
    }
    static CompletedPart part(uint32_t number, const std::string& data) {
        return {number, TestStore::etag_of(data), {}};
    }
    std::string complete(const std::string& name, const std::string& id,
                         std::vector<CompletedPart> parts, Condition condition = {}) {
        ObjectMeta meta;
        meta.etag = "whole-2";
        return TestStore::code(store.run(store.objects().complete_upload(
            "b", name, id, std::move(parts), meta, std::move(condition))));
    }
    std::unique_ptr<Reader> reader(const std::string& name) {
        return std::move(store.run(store.objects().read("b", name))).value();
    }

    TestStore store;
};
class TwoDrivesTest : public UploadTest {
  protected:
    TwoDrivesTest() : UploadTest(2) {}
};

TEST_F(UploadTest, PartsBecomeTheObject) {
    const std::string id = begin("n");
    const std::string one(2 * kMiB + 5, '1');
    const std::string two(100, '2');
    EXPECT_EQ("", put("n", id, 7, two));
    EXPECT_EQ("", put("n", id, 3, one));
    EXPECT_EQ("", put("n", id, 9, "left out"));
    EXPECT_THAT(store.names("b"), IsEmpty());
    EXPECT_EQ("", complete("n", id, {part(3, one), part(7, two)}));
    EXPECT_TRUE(store.get("b", "n") == one + two);
    const auto info = store.run(store.objects().head("b", "n"));
    EXPECT_EQ("whole-2", info.value().meta.etag);
    ASSERT_EQ(2u, info.value().parts.size());
    EXPECT_EQ(one.size(), info.value().parts[0].size);
    EXPECT_EQ("CRC32", info.value().parts[0].checksums.at(0).algorithm);
    EXPECT_EQ("NoSuchUpload", complete("n", id, {part(3, one)}));
    store.close();
    EXPECT_EQ(1u, store.count(RecordType::kData));
    EXPECT_EQ(0u, store.count(RecordType::kPart));
    EXPECT_EQ(0u, store.count(RecordType::kUpload));
}

TEST_F(UploadTest, RulesOfComplete) {
    const std::string id = begin("n");
    const std::string enough(16, 'e');
    ASSERT_EQ("", put("n", id, 1, enough));
    ASSERT_EQ("", put("n", id, 2, "small"));
    ASSERT_EQ("", put("n", id, 3, enough));
    EXPECT_EQ("InvalidPartOrder", complete("n", id, {part(3, enough), part(1, enough)}));
    EXPECT_EQ("InvalidPartOrder", complete("n", id, {part(1, enough), part(1, enough)}));
    EXPECT_EQ("InvalidPart", complete("n", id, {part(1, "other")}));
    EXPECT_EQ("InvalidPart", complete("n", id, {part(4, enough)}));
    CompletedPart wrong = part(1, enough);
    wrong.checksums = {{"CRC32", "d", false}};
    EXPECT_EQ("InvalidPart", complete("n", id, {wrong}));
    EXPECT_EQ("EntityTooSmall", complete("n", id, {part(2, "small"), part(3, enough)}));
    EXPECT_EQ("MalformedXML", complete("n", id, {}));
    EXPECT_EQ("NoSuchKey",
              complete("n", id, {part(1, enough)}, {.if_match = {"x"}, .if_none_match = {}}));
    EXPECT_EQ("NoSuchUpload", complete("n", "0123", {part(1, enough)}));
    EXPECT_EQ("NoSuchUpload", complete("m", id, {part(1, enough)}));
    EXPECT_EQ("InvalidArgument", put("n", id, 0, "x"));
    EXPECT_EQ("InvalidArgument", put("n", id, 10'001, "x"));
    EXPECT_EQ("", complete("n", id, {part(1, enough), part(2, "small")})) << "after all that";
    EXPECT_EQ(enough + "small", store.get("b", "n"));
}

TEST_F(UploadTest, UploadsAndPartsOutliveARestart) {
    const std::string id = begin("n");
    ASSERT_EQ("", put("n", id, 1, "one"));
    ASSERT_EQ("", put("n", id, 1, "another one"));
    store.reopen();
    const auto upload = store.objects().upload("b", "n", id);
    ASSERT_TRUE(upload.ok());
    EXPECT_EQ("x/y", upload.value().meta.headers.at(0).second);
    const auto page = store.objects().parts("b", "n", id, 0, 10);
    ASSERT_EQ(1u, page.value().parts.size());
    EXPECT_EQ(11u, page.value().parts[0].size);
    EXPECT_EQ("", complete("n", id, {part(1, "another one")}));
    EXPECT_EQ("another one", store.get("b", "n"));
}

TEST_F(UploadTest, AbortLeavesNothing) {
    const std::string id = begin("n");
    ASSERT_EQ("", put("n", id, 1, std::string(2 * kMiB, 'x')));
    EXPECT_EQ("", TestStore::code(store.run(store.objects().abort_upload("b", "n", id))));
    EXPECT_EQ("NoSuchUpload",
              TestStore::code(store.run(store.objects().abort_upload("b", "n", id))));
    EXPECT_EQ("NoSuchUpload", put("n", id, 1, "x"));
    store.close();
    EXPECT_EQ(0u, store.count(RecordType::kData));
    EXPECT_EQ(0u, store.count(RecordType::kPart));
}

TEST_F(UploadTest, ABucketGoesWithItsUploads) {
    const std::string id = begin("n");
    ASSERT_EQ("", put("n", id, 1, "x"));
    EXPECT_EQ("", TestStore::code(store.run(store.objects().delete_bucket("b"))));
    store.close();
    EXPECT_EQ(0u, store.count(RecordType::kData) + store.count(RecordType::kUpload));
}

TEST_F(UploadTest, ListsInPages) {
    std::vector<std::string> ids = {begin("a"), begin("a"), begin("d/1"), begin("d/2"), begin("e")};
    if (ids[1] < ids[0]) std::swap(ids[0], ids[1]);
    ListQuery query;
    query.limit = 1;
    auto page = store.objects().uploads("b", query, "").value();
    EXPECT_EQ(ids[0], page.uploads.at(0).id);
    EXPECT_TRUE(page.truncated);
    query.after = "a";
    EXPECT_EQ(ids[1], store.objects().uploads("b", query, ids[0]).value().uploads.at(0).id);
    EXPECT_EQ("d/1", store.objects().uploads("b", query, ids[1]).value().uploads.at(0).name);
    EXPECT_EQ("d/1", store.objects().uploads("b", query, "").value().uploads.at(0).name);
    query = {.prefix = "", .delimiter = "/", .after = "", .after_prefix = false, .limit = 10};
    page = store.objects().uploads("b", query, "").value();
    EXPECT_EQ(3u, page.uploads.size());
    EXPECT_THAT(page.common_prefixes, ElementsAre("d/"));
    query.prefix = "d/";
    EXPECT_EQ(2u, store.objects().uploads("b", query, "").value().uploads.size());
    const std::string id = ids[4];
    for (const uint32_t number : {5, 1, 3}) ASSERT_EQ("", put("e", id, number, "x"));
    const auto parts = store.objects().parts("b", "e", id, 1, 1).value();
    EXPECT_EQ(3u, parts.parts.at(0).number);
    EXPECT_TRUE(parts.truncated);
}

// More names than fit in one command where transfers are small: they are joined in groups.
TEST_F(UploadTest, ManyPartsAreJoinedInGroups) {
    const std::string id = begin("n");
    std::vector<CompletedPart> parts;
    std::string whole;
    for (uint32_t i = 1; i <= 300; i++) {
        const std::string data = std::to_string(1'000'000'000'000'000 + i);
        ASSERT_EQ("", put("n", id, i, data));
        parts.push_back(part(i, data));
        whole += data;
    }
    EXPECT_EQ("", complete("n", id, parts));
    EXPECT_EQ(whole, store.get("b", "n"));
}

TEST_F(TwoDrivesTest, CopiesAreWholeWhereverTheyGo) {
    const std::string data(3 * kMiB + 7, 'c');
    ASSERT_EQ("", store.put("b", "source", data));
    ObjectMeta meta;
    meta.headers = {{"content-type", "new/type"}};
    for (int i = 0; i < 12; i++) {
        const auto source = reader("source");
        const auto copied =
            store.run(store.objects().copy(*source, "b", "copy" + std::to_string(i), meta, {}));
        ASSERT_TRUE(copied.ok());
        EXPECT_EQ(TestStore::etag_of(data), copied.value().meta.etag);
    }
    for (int i = 0; i < 12; i++) EXPECT_TRUE(store.get("b", "copy" + std::to_string(i)) == data);
    const auto itself = reader("source");
    EXPECT_TRUE(store.run(store.objects().copy(*itself, "b", "source", meta, {})).ok());
    EXPECT_TRUE(store.get("b", "source") == data);
    EXPECT_EQ("new/type",
              store.run(store.objects().head("b", "source")).value().meta.headers.at(0).second);
}

TEST_F(TwoDrivesTest, PartsCanBeCopies) {
    const std::string data = std::string(kMiB, 'a') + std::string(kMiB, 'b') + "end";
    ASSERT_EQ("", store.put("b", "source", data));
    for (int i = 0; i < 6; i++) {
        const std::string name = "n" + std::to_string(i);
        const std::string id = begin(name);
        const auto source = reader("source");
        const auto whole =
            store.run(store.objects().copy_part("b", name, id, 1, *source, 0, data.size(), {}));
        const auto range =
            store.run(store.objects().copy_part("b", name, id, 2, *source, kMiB - 2, 4, {}));
        ASSERT_TRUE(whole.ok() && range.ok());
        EXPECT_EQ(
            "4124bc0a9335c27f086f24ba207a4912",
            store.run(store.objects().copy_part("b", name, id, 3, *source, 0, 2, {})).value().etag);
        EXPECT_EQ("InvalidRange", TestStore::code(store.run(store.objects().copy_part(
                                      "b", name, id, 4, *source, data.size(), 1, {}))));
        EXPECT_EQ("",
                  complete(name, id, {{1, whole.value().etag, {}}, {2, range.value().etag, {}}}));
        EXPECT_TRUE(store.get("b", name) == data + "aabb");
    }
}

TEST_F(UploadTest, ASelectRunsInTheDriveOverOneVersion) {
    std::string csv = "make,price\n";
    for (int i = 0; i < 200'000; i++) csv += "Ford," + std::to_string(i) + "\n";
    ASSERT_EQ("", store.put("b", "cars", csv));
    const auto cars = reader("cars");
    ASSERT_EQ("", store.remove("b", "cars"));
    kv::SelectOptions options;
    options.input_header = true;
    const auto before = store.objects().drives()[0];
    auto selected = store.run(
        cars->select("SELECT price FROM s3object WHERE price >= 199998", options, 1000, {}));
    ASSERT_TRUE(selected.ok()) << selected.error().message();
    ASSERT_TRUE(selected.value().ok()) << selected.value().status().message();
    Answer& answer = *selected.value().value();
    EXPECT_EQ(14u, answer.size());
    std::vector<uint8_t> buffer(5);
    std::string rows;
    for (;;) {
        const auto got = store.run(answer.read(buffer));
        ASSERT_TRUE(got.ok());
        if (got.value() == 0) break;
        rows += as_text(Bytes(buffer).first(got.value()));
    }
    EXPECT_EQ("199998\n199999\n", rows);
    const auto after = store.objects().drives()[0];
    EXPECT_EQ(1000u, after.select_bytes_scanned - before.select_bytes_scanned) << "as it was told";
    EXPECT_EQ(14u, after.select_bytes_returned - before.select_bytes_returned);
    EXPECT_LT(after.bytes_out - before.bytes_out, 100u) << "only the answer leaves the drive";

    const auto refused = store.run(cars->select("DROP TABLE s3object", options, 0, {}));
    ASSERT_TRUE(refused.ok()) << "the drive was asked: " << refused.error().message();
    EXPECT_EQ(Code::kQueryRefused, refused.value().code());
}

TEST_F(UploadTest, ASelectThatNobodyWaitsForIsCancelled) {
    std::string csv = "n\n";
    for (int i = 0; i < 10'000; i++) csv += "1\n";
    ASSERT_EQ("", store.put("b", "ones", csv));
    const auto ones = reader("ones");
    kv::SelectOptions options;
    options.input_header = true;
    const auto running = [&] { return store.objects().drives()[0].selects; };
    uint32_t most = 0;
    const Meanwhile leave = [&]() -> Task<Outcome<>> {
        most = std::max(most, running());
        if (most > 0) co_return Error("RequestTimeout");
        co_return Nothing{};
    };
    const std::string endless =
        "SELECT count(*) FROM s3object a JOIN s3object b USING (n) JOIN s3object c USING (n) "
        "JOIN s3object d USING (n)";
    EXPECT_EQ("RequestTimeout",
              TestStore::code(store.run(ones->select(endless, options, 0, leave))));
    EXPECT_EQ(1u, most);
    for (int tries = 0; tries < 1000 && running() > 0; tries++)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(0u, running());
}

TEST_F(UploadTest, ManySelectsAtOnceAllAnswer) {
    ASSERT_EQ("", store.put("b", "cars", "make\nFord\n"));
    const auto cars = reader("cars");
    kv::SelectOptions options;
    options.input_header = true;
    std::vector<std::future<Outcome<Result<std::unique_ptr<Answer>>>>> asked;
    for (int i = 0; i < 24; i++) {
        asked.push_back(
            store.runner.start(cars->select("SELECT count(*) FROM s3object", options, 0, {})));
    }
    EXPECT_EQ("make\nFord\n", store.get("b", "cars")) << "and they delay nothing else";
    for (auto& one : asked) {
        const auto answer = one.get();
        ASSERT_TRUE(answer.ok()) << answer.error().message();
        EXPECT_TRUE(answer.value().ok()) << answer.value().status().message();
    }
}

}  // namespace
}  // namespace csd::airmos::objects
