// SPDX-License-Identifier: BSD-3-Clause
//
// Arguments, devices, help and completion.
#include <unistd.h>

#include <cstdio>

#include "cli/kvcli.hpp"

namespace csd::cli_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kVerbs[] = {"store", "retrieve", "list",   "exists", "delete",
                                  "flush", "format",   "select", "info",   "bench"};

class Usage : public Kvcli {
  protected:
    // What bash offers for the words so far, the last of which is being typed.
    std::string offered(const std::string& words) {
        const std::string script =
            "source '" + std::string(CSD_SOURCE_DIR) +
            "/src/cli/completion/kvcli.bash'; COMP_WORDS=(" + words +
            "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _kvcli; echo \"${COMPREPLY[*]}\"";
        write("complete.sh", script);
        FILE* shell = popen(("bash '" + path("complete.sh") + "'").c_str(), "r");
        std::string text;
        char buffer[4096];
        while (fgets(buffer, sizeof buffer, shell) != nullptr) text += buffer;
        EXPECT_EQ(0, pclose(shell));
        return text;
    }
};

TEST_F(Usage, WrongArgumentsAreExitStatusTwo) {
    const std::vector<std::vector<std::string>> wrong = {
        {},
        {"frobnicate"},
        {"store"},
        {"store", ""},
        {"store", "seventeen bytes!!"},
        {"store", "0x1"},
        {"store", "k", "f", "extra"},
        {"retrieve", "k", "--offset", "-1"},
        {"retrieve", "k", "--offset", "x"},
        {"retrieve", "k", "--nonsense"},
        {"list", "--limit", "many"},
        {"list", "--prefix", "0xZZ"},
        {"select", "k"},
        {"select", "k", "SELECT 1", "--input", "xml"},
        {"select", "k", "SELECT 1", "--option", "nothing"},
        {"bench", "--verb", "frobnicate"},
        {"bench", "--size", "big"},
        {"bench", "--threads", "0"},
        {"-o", "yaml", "list"},
        {"format"},
        {"--device", "no-such-thing", "list"},
        {"--device", "emulator:" + path("d") + "?color=red", "list"},
    };
    for (const auto& args : wrong) {
        const Ran ran = run(args);
        EXPECT_EQ(2, ran.status) << ::testing::PrintToString(args) << ran.err;
        EXPECT_EQ("", ran.out) << ::testing::PrintToString(args);
        EXPECT_NE("", ran.err) << ::testing::PrintToString(args);
    }
}

TEST_F(Usage, WrongWordsAreNamed) {
    const Ran verb = run({"bogus", "k"});
    EXPECT_EQ(2, verb.status);
    EXPECT_THAT(verb.err, HasSubstr("there is no verb 'bogus'"));
    EXPECT_THAT(verb.err, HasSubstr("--help"));
    EXPECT_THAT(run({"--bogus"}).err, HasSubstr("there is no option '--bogus'"));
    EXPECT_THAT(run({"-o", "json", "bogus"}).err, HasSubstr("no verb 'bogus'"));
    const Ran output = run({"-o", "xml", "list"});
    EXPECT_EQ(2, output.status);
    EXPECT_THAT(output.err, HasSubstr("the output is table or json, not 'xml'"));
    const std::string help = answer({"--help"});
    EXPECT_THAT(help, HasSubstr("-o table|json "));
    EXPECT_THAT(help, Not(HasSubstr("ENUM")));
}

// In each line the first mistake is the word that is named, whatever else is wrong or missing.
TEST_F(Usage, TheFirstMistakeIsNamed) {
    const std::vector<std::pair<std::vector<std::string>, std::string>> lines = {
        {{"--frob"}, "there is no option '--frob'"},
        {{"--frob", "frob"}, "'--frob'"},
        {{"frob", "--frob"}, "there is no verb 'frob'"},
        {{"store", "--frob"}, "there is no option '--frob'"},
        {{"store", "--frob", "k", "f", "extra"}, "'--frob'"},
        {{"store", "k", "f", "extra", "--frob"}, "'extra' is one argument too many"},
        {{"store", "seventeen bytes!!", "--frob"}, "'seventeen bytes!!'"},
        {{"store", "--frob", "seventeen bytes!!"}, "'--frob'"},
        {{"store", "k", "--only-add", "--only-update", "--frob"}, "excludes"},
        {{"-o", "xml", "--frob", "list"}, "'xml'"},
        {{"list", "--frob", "--limit", "many"}, "'--frob'"},
        {{"list", "--limit", "many", "--frob"}, "'many'"},
        {{"list", "--prefix", "0xZZ", "--frob"}, "'0xZZ'"},
        {{"list", "--start", "0xZZ", "--limit", "many"}, "'0xZZ'"},
        {{"select", "k", "--input", "xml", "--frob"}, "xml"},
        {{"select", "--option", "nothing", "--input", "xml"}, "'nothing'"},
        {{"retrieve", "--offset", "-1", "--frob"}, "'-1'"},
        {{"bench", "--size", "big", "--threads", "0"}, "'big'"},
        {{"bench", "--threads", "0", "--size", "big"}, "--threads"},
        {{"delete", "0x1", "extra"}, "'0x1'"},
        {{"exists", "k", "--limit"}, "'--limit'"},
        {{"list", "--limit"}, "--limit"},
        {{"list", "--limit", "1", "--limit", "2", "--frob"}, "--limit"},
    };
    for (const auto& [words, named] : lines) {
        const Ran ran = run(words);
        EXPECT_EQ(2, ran.status) << ::testing::PrintToString(words);
        const std::string first_line = ran.err.substr(0, ran.err.find('\n'));
        EXPECT_THAT(first_line, HasSubstr(named)) << ::testing::PrintToString(words);
    }
}

TEST_F(Usage, ADeviceMustBeNamed) {
    device_.clear();
    const Ran ran = run({"list"});
    EXPECT_EQ(2, ran.status);
    EXPECT_THAT(ran.err, HasSubstr("KVCLI_DEVICE"));
    EXPECT_EQ(0, run({"--device", path("drive"), "list"}).status);
}

TEST_F(Usage, ADeviceThatCannotBeOpenedIsExitStatusFive) {
    for (const char* device : {"/proc/no/drive", "/dev/ng9n9", "/dev/nvme9", "pcie:0000:00:04.0",
                               "bdev:n@c.json", "tcp:127.0.0.1:4420/nqn.2026-11.csd:x"}) {
        EXPECT_EQ(5, run({"--device", device, "list"}).status) << device;
    }
}

TEST_F(Usage, GlobalOptionsStandAnywhere) {
    device_.clear();
    const std::string drive = "emulator:" + path("drive");
    EXPECT_EQ(0, run({"store", "k", "--device", drive}, "x").status);
    EXPECT_EQ("{\"key\":\"k\",\"hex\":\"6B\"}\n",
              run({"list", "-o", "json", "--device", drive}).out);
}

TEST_F(Usage, ADirectoryIsADrive) {
    device_ = path("a drive? yes");
    answer({"store", "k"}, "x");
    EXPECT_EQ("x", read("a drive? yes/0/1/6B"));
}

// So that a directory that is spelled wrong does not pass for a drive whose values are gone.
TEST_F(Usage, ANewDriveIsTold) {
    for (const char* verb : {"list", "info", "flush"}) {
        device_ = "emulator:" + path(verb);
        EXPECT_TRUE(run({verb}).new_drive) << verb;
        EXPECT_FALSE(run({verb}).new_drive) << verb;
    }
    device_ = "emulator:" + path("scripted");
    EXPECT_EQ("", run({"-o", "json", "list"}).err) << "only the error of a script is there";
}

TEST_F(Usage, EveryVerbHasHelpWithExamples) {
    for (const char* verb : kVerbs) {
        const Ran ran = run({verb, "--help"});
        EXPECT_EQ(0, ran.status) << verb;
        EXPECT_THAT(ran.out, HasSubstr("Examples:\n  kvcli ")) << verb;
    }
    const std::string help = answer({"--help"});
    for (const char* verb : kVerbs) EXPECT_THAT(help, HasSubstr(verb));
    EXPECT_THAT(help, HasSubstr("130 interrupted"));
    EXPECT_THAT(answer({"--version"}), HasSubstr("kvcli "));
}

TEST_F(Usage, ADriveInUseIsWaitedFor) {
    const auto first = start({"store", "k"});
    first->type("half ");
    first->wait_for_error("made a new drive");
    const auto second = start({"retrieve", "k"});
    second->wait_for_error("waiting");
    first->type("whole");
    first->end_input();
    EXPECT_EQ(0, first->wait().status);
    const Ran waited = second->wait();
    EXPECT_EQ(0, waited.status) << waited.err;
    EXPECT_EQ("half whole", waited.out);
    EXPECT_THAT(waited.err, HasSubstr(path("drive") + ", process "));
}

TEST_F(Usage, BashCompletesVerbsOptionsAndValues) {
    EXPECT_EQ("select\n", offered("kvcli sel"));
    EXPECT_EQ("select\n", offered("kvcli --device d -o json sel"));
    EXPECT_EQ("--only-add --only-update\n", offered("kvcli store --only"));
    EXPECT_EQ("parquet\n", offered("kvcli select k q --input p"));
    EXPECT_EQ("table\n", offered("kvcli -o t"));
    EXPECT_EQ("retrieve\n", offered("kvcli bench --verb r"));
    EXPECT_THAT(offered("kvcli bench ''"), HasSubstr("--queue-depth"));
    EXPECT_THAT(offered("kvcli ''"), HasSubstr("store retrieve list"));
}

}  // namespace
}  // namespace csd::cli_test
