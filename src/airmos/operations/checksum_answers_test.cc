// SPDX-License-Identifier: BSD-3-Clause
//
// The table "Checksums in responses" of docs/s3.md: each algorithm, each type, and each response that tells a checksum.
#include "airmos/core/digest.hpp"
#include "airmos/core/encoding.hpp"
#include "airmos/operations/object_headers.hpp"
#include "airmos/operations/operations_fixture.hpp"

namespace csd::airmos {
namespace {

struct Form {
    const char* algorithm;  // of the upload; empty: none was asked for
    const char* type;
};
constexpr Form kForms[] = {
    {"CRC32", "COMPOSITE"},       {"CRC32", "FULL_OBJECT"}, {"CRC32C", "COMPOSITE"},
    {"CRC32C", "FULL_OBJECT"},    {"SHA1", "COMPOSITE"},    {"SHA256", "COMPOSITE"},
    {"CRC64NVME", "FULL_OBJECT"}, {"", "FULL_OBJECT"},
};

std::string raw_sum(const std::string& algorithm, const std::string& bytes) {
    Digest digest(*Digest::checksum_of(algorithm));
    digest.update(as_bytes(bytes));
    return digest.finish();
}

class ChecksumAnswersTest : public OperationsTest {
  protected:
    static constexpr size_t kPartBytes = 5 * kMiB;

    void make(const Form& form) {
        algorithm = *form.algorithm != '\0' ? form.algorithm : "CRC64NVME";
        asked = *form.algorithm != '\0';
        composite = form.type == std::string("COMPOSITE");
        type = form.type;
        parts = {std::string(kPartBytes, 'a'), "the end"};
        const std::string whole = parts[0] + parts[1];
        sums = {base64(raw_sum(algorithm, parts[0])), base64(raw_sum(algorithm, parts[1]))};
        sum = base64(composite ? raw_sum(algorithm, raw_sum(algorithm, parts[0]) +
                                                        raw_sum(algorithm, parts[1]))
                               : raw_sum(algorithm, whole));
        told = sum + (composite ? "-2" : "");
    }
    Arguments upload_headers() const {
        if (!asked) return {};
        return {{"x-amz-checksum-algorithm", algorithm}, {"x-amz-checksum-type", type}};
    }
    // The second part of an upload with one checksum of all bytes is sent without one.
    Answer put_part(size_t i) {
        const bool sent = asked && (composite || i == 0);
        return call({"PUT",
                     "photos",
                     "k",
                     {{"partNumber", std::to_string(i + 1)}, {"uploadId", id}},
                     {},
                     parts[i]},
                    [&](FakeBody& body) {
                        if (sent) body.verified = {{algorithm, sums[i]}};
                    });
    }
    Answer complete(bool with_checksums) {
        std::string body = "<CompleteMultipartUpload>";
        for (size_t i = 0; i < parts.size(); i++) {
            body += "<Part><PartNumber>" + std::to_string(i + 1) + "</PartNumber><ETag>" +
                    etags[i] + "</ETag>";
            if (with_checksums) body += "<" + name() + ">" + sums[i] + "</" + name() + ">";
            body += "</Part>";
        }
        return call(
            {"POST", "photos", "k", {{"uploadId", id}}, {}, body + "</CompleteMultipartUpload>"});
    }
    void upload_all() {
        const Answer begun = call({"POST", "photos", "k", {{"uploads", ""}}, upload_headers()});
        EXPECT_EQ(begun.headers.get("x-amz-checksum-algorithm"), asked ? algorithm : "");
        EXPECT_EQ(begun.headers.get("x-amz-checksum-type"), asked ? type : "");
        id = element(begun.body, "UploadId");
        etags.clear();
        for (size_t i = 0; i < parts.size(); i++) {
            const Answer stored = put_part(i);
            ASSERT_EQ(stored.status, 200) << stored.code;
            EXPECT_EQ(stored.headers.get(ops::checksum_header(algorithm)), sums[i]);
            EXPECT_FALSE(stored.headers.has("x-amz-checksum-type"));
            etags.emplace_back(stored.headers.get("ETag"));
        }
    }
    std::string name() const { return "Checksum" + algorithm; }
    std::string both(const Answer& answer) const {
        return std::string(answer.headers.get(ops::checksum_header(algorithm))) + " " +
               std::string(answer.headers.get("x-amz-checksum-type"));
    }
    // What GET and HEAD alike tell.
    std::string told_of(Arguments query, Arguments headers = {}) {
        headers.emplace_back("x-amz-checksum-mode", "ENABLED");
        const std::string get = both(call({"GET", "photos", "k", query, headers}));
        EXPECT_EQ(get, both(call({"HEAD", "photos", "k", query, headers})));
        return get;
    }

    bool asked = false, composite = false;
    std::string algorithm, type, id, sum, told;
    std::vector<std::string> parts, sums, etags;
};

TEST_F(ChecksumAnswersTest, OfObjectsInParts) {
    for (const Form& form : kForms) {
        SCOPED_TRACE(std::string(form.algorithm) + " " + form.type);
        make(form);
        upload_all();
        const Answer listed = call({"GET", "photos", "k", {{"uploadId", id}}});
        EXPECT_EQ(element(listed.body, "ChecksumAlgorithm"), algorithm);
        EXPECT_EQ(element(listed.body, "ChecksumType"), type);
        for (const std::string& one : sums)
            EXPECT_NE(listed.body.find("<" + name() + ">" + one + "<"), std::string::npos);
        const Answer uploads = call({"GET", "photos", "", {{"uploads", ""}}});
        EXPECT_EQ(element(uploads.body, "ChecksumAlgorithm"), algorithm);
        EXPECT_EQ(element(uploads.body, "ChecksumType"), type);

        Answer done = complete(false);
        EXPECT_EQ(done.code, composite ? "InvalidRequest" : "") << "without the parts' checksums";
        if (composite) done = complete(true);
        ASSERT_EQ(done.status, 200) << done.code;
        EXPECT_EQ(element(done.body, name()), told);
        EXPECT_EQ(element(done.body, "ChecksumType"), type);

        EXPECT_EQ(told_of({}), told + " " + type);
        EXPECT_EQ(told_of({}, {{"range", "bytes=0-"}}), told + " " + type) << "all bytes";
        EXPECT_EQ(told_of({}, {{"range", "bytes=1-5"}}), " ");
        for (size_t i = 0; i < parts.size(); i++) {
            EXPECT_EQ(told_of({{"partNumber", std::to_string(i + 1)}}),
                      composite ? sums[i] + " COMPOSITE" : " ");
        }
        const Arguments wanted = {{"x-amz-object-attributes", "Checksum,ObjectParts"}};
        const Answer attributes = call({"GET", "photos", "k", {{"attributes", ""}}, wanted});
        EXPECT_EQ(element(attributes.body, name()), sum) << "without the number of parts";
        EXPECT_EQ(element(attributes.body, "ChecksumType"), type);
        EXPECT_EQ(element(attributes.body, "PartsCount"), "2");
        const std::string in_parts = attributes.body.substr(attributes.body.find("<ObjectParts>"));
        EXPECT_EQ(element(in_parts, name()), composite ? sums[0] : "");
        EXPECT_EQ(in_parts.find("<Part>") != std::string::npos, composite);
        for (const char* argument : {"list-type", "versions"}) {
            const Answer objects = call({"GET", "photos", "", {{argument, "2"}, {"prefix", "k"}}});
            EXPECT_EQ(element(objects.body, "ChecksumAlgorithm"), algorithm) << argument;
            EXPECT_EQ(element(objects.body, "ChecksumType"), type) << argument;
        }
        const Answer copied =
            call({"PUT", "photos", "copy", {}, {{"x-amz-copy-source", "photos/k"}}});
        EXPECT_EQ(element(copied.body, name()), told);
        EXPECT_EQ(element(copied.body, "ChecksumType"), type);
    }
}

// The only part of an object has all its bytes, so the checksum of them is told of the part as well.
TEST_F(ChecksumAnswersTest, OfTheOnlyPart) {
    for (const Form& form : kForms) {
        SCOPED_TRACE(std::string(form.algorithm) + " " + form.type);
        make(form);
        parts.resize(1);
        parts[0] = "short";
        sums = {base64(raw_sum(algorithm, parts[0]))};
        upload_all();
        ASSERT_EQ(complete(true).status, 200);
        EXPECT_EQ(told_of({{"partNumber", "1"}}), sums[0] + " " + type);
    }
}

TEST_F(ChecksumAnswersTest, OfWhatWasSentWithout) {
    algorithm = "CRC64NVME";
    const std::string expected = base64(raw_sum(algorithm, "bytes")) + " FULL_OBJECT";
    EXPECT_EQ(both(call({"PUT", "photos", "k", {}, {}, "bytes"})), expected);
    EXPECT_EQ(told_of({}), expected);
    EXPECT_EQ(both(call({"HEAD", "photos", "k"})), " ") << "nobody asked";
    const Arguments wanted = {{"x-amz-object-attributes", "Checksum"}};
    const Answer attributes = call({"GET", "photos", "k", {{"attributes", ""}}, wanted});
    EXPECT_EQ(element(attributes.body, name()) + " " + element(attributes.body, "ChecksumType"),
              expected);
}

}  // namespace
}  // namespace csd::airmos
