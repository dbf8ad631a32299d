// SPDX-License-Identifier: BSD-3-Clause
//
// Histories made by hand: what a node may tell, and what it must not.
#include "consistency/s3/model.hpp"

#include <gtest/gtest.h>

#include "consistency/linearizability.hpp"

namespace csd::consistency::s3 {
namespace {

class S3Model : public ::testing::Test {
  protected:
    S3Model() { history_.reserve(16); }  // what add() returns stays where it is
    Operation& add(uint64_t began, uint64_t ended, Kind kind, Result result = Result::kDone) {
        Entry<Operation> entry;
        entry.operation.kind = kind;
        entry.operation.result = result;
        entry.began = began;
        entry.ended = ended;
        history_.push_back(entry);
        return history_.back().operation;
    }
    void put(uint64_t began, uint64_t ended, uint32_t content, uint32_t tags = 0) {
        add(began, ended, Kind::kPut).version = {content, content, tags};
    }
    void head(uint64_t began, uint64_t ended, uint32_t content, uint32_t tags = 0) {
        add(began, ended, Kind::kHead).version = {content, content, tag_count(tags)};
    }
    void list(uint64_t began, uint64_t ended, uint32_t content) {
        add(began, ended, Kind::kList).listed = {content, 0, 0};
    }
    void begin_upload() {
        Operation& created = add(1, 2, Kind::kCreateUpload);
        created.upload = 7;
        created.version.meta = 70;
        Operation& part = add(3, 4, Kind::kPutPart);
        part.upload = 7;
        part.version.content = 71;
    }
    void complete(uint64_t began, uint64_t ended) {
        Operation& completed = add(began, ended, Kind::kComplete);
        completed.upload = 7;
        completed.version.content = 71;
    }
    bool holds() const {
        return check_linearizability<Model>(Model(), history_, State()).linearizable();
    }

    std::vector<Entry<Operation>> history_;
};

TEST_F(S3Model, AHeadBesideAPutMayTellEither) {
    put(1, 2, 5);
    put(10, 20, 6);
    head(11, 12, 5);
    list(13, 14, 5);
    head(15, 16, 6);
    EXPECT_TRUE(holds());
}

TEST_F(S3Model, AListingMustNotGoBackBehindAHead) {
    put(1, 2, 5);
    put(10, 20, 6);
    head(11, 12, 6);
    list(13, 14, 5);
    EXPECT_FALSE(holds());
}

TEST_F(S3Model, ConditionsAreOfTheVersionThatIsChanged) {
    put(1, 2, 5);
    Operation& first = add(10, 20, Kind::kPut);
    first.version = {6, 6, 0};
    first.condition = Condition::kMatch;
    first.expected = 5;
    Operation& second = add(11, 19, Kind::kPut);
    second = first;
    second.version = {8, 8, 0};
    EXPECT_FALSE(holds()) << "one of them must be refused";
    history_[2].operation.result = Result::kPreconditionFailed;
    EXPECT_TRUE(holds());
}

TEST_F(S3Model, AnAnswerIsOfOneVersion) {
    put(1, 2, 5, 50);
    put(10, 20, 6);
    head(11, 12, 6, 50);
    EXPECT_FALSE(holds()) << "new bytes with old tags";
}

TEST_F(S3Model, AnUploadEndsWhenItsObjectAppears) {
    begin_upload();
    complete(10, 20);
    Operation& seen = add(11, 12, Kind::kHead);
    seen.version = {71 | kInParts, 70, 0};
    EXPECT_TRUE(holds());
    add(13, 14, Kind::kListUploads).uploads = {7};
    EXPECT_FALSE(holds());
    history_.back().operation.uploads = {};
    EXPECT_TRUE(holds());
}

TEST_F(S3Model, ACompleteThatIsRepeatedIsToldTheSameAndChangesNothing) {
    begin_upload();
    complete(10, 11);
    put(12, 13, 80);
    complete(14, 15);
    head(16, 17, 80);
    EXPECT_TRUE(holds()) << "it was overwritten, and stays so";
    history_.back().operation.version = {71 | kInParts, 70, 0};
    EXPECT_FALSE(holds()) << "the repeated request must not bring it back";
    history_.pop_back();
    history_.back().operation.result = Result::kNoSuchUpload;
    EXPECT_FALSE(holds()) << "it has been completed";
    history_.back().operation.number = 1;
    EXPECT_TRUE(holds()) << "by another request";
    history_.back().operation.result = Result::kDone;
    EXPECT_FALSE(holds());
}

TEST_F(S3Model, ACompleteBesideTheSameIsToldTheSame) {
    begin_upload();
    complete(10, 20);
    complete(11, 19);
    EXPECT_TRUE(holds());
    add(12, 13, Kind::kListUploads).uploads = {7};
    EXPECT_TRUE(holds()) << "neither has taken effect yet";
}

TEST_F(S3Model, AnUploadThatEndsIsNeverEmptyBefore) {
    begin_upload();
    add(10, 20, Kind::kAbort).upload = 7;
    Operation& listed = add(11, 12, Kind::kListParts);
    listed.upload = 7;
    EXPECT_FALSE(holds());
    history_.back().operation.parts = {71, 0};
    EXPECT_TRUE(holds());
    history_.back().operation.result = Result::kNoSuchUpload;
    EXPECT_TRUE(holds());
}

TEST_F(S3Model, ACopyIsOfAVersionThatItsSourceHadMeanwhile) {
    put(1, 2, 5);
    put(10, 11, 6);
    const auto copy = [&](uint64_t began, uint64_t ended, uint32_t content) {
        add(began, ended, Kind::kCopyRead).version.content = content;
        add(began, ended, Kind::kCopyWrite).name = 1;
    };
    copy(3, 20, 5);
    add(30, 31, Kind::kList).listed = {6, 5, 0};
    EXPECT_TRUE(holds()) << "it was stored after the source had changed";
    history_.clear();
    put(1, 2, 5);
    put(10, 11, 6);
    copy(12, 20, 5);
    EXPECT_FALSE(holds()) << "it is of a version that had gone before";
}

TEST_F(S3Model, BytesThatNobodySentExplainNothing) {
    put(1, 2, 5);
    head(3, 4, kStrange);
    EXPECT_FALSE(holds());
}

}  // namespace
}  // namespace csd::consistency::s3
