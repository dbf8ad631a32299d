// SPDX-License-Identifier: BSD-3-Clause
#include "kv/transport/spdk_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace csd::kv {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

class SpdkHost : public ::testing::Test {
  protected:
    SpdkHost() {
        std::string pattern = (fs::temp_directory_path() / "csd-host-XXXXXX").string();
        if (mkdtemp(pattern.data()) != nullptr) sysfs_ = pattern;
    }
    ~SpdkHost() override { fs::remove_all(sysfs_); }

    void write(const std::string& file, const std::string& text) {
        fs::create_directories((sysfs_ / file).parent_path());
        std::ofstream(sysfs_ / file) << text << "\n";
    }
    void add_device(const std::string& address, const std::string& kind,
                    const std::string& driver) {
        const std::string device = "bus/pci/devices/" + address;
        write(device + "/class", kind);
        if (driver.empty()) return;
        fs::create_directories(sysfs_ / "bus/pci/drivers" / driver);
        fs::create_directory_symlink(sysfs_ / "bus/pci/drivers" / driver,
                                     sysfs_ / device / "driver");
    }
    void set_free_pages(const std::string& kilobytes, int pages) {
        write("kernel/mm/hugepages/hugepages-" + kilobytes + "kB/free_hugepages",
              std::to_string(pages));
    }
    Status device(const std::string& address) { return check_pci_device(sysfs_, address); }

    fs::path sysfs_;
};

TEST_F(SpdkHost, HugePagesOfAllSizesCount) {
    EXPECT_EQ(0u, free_huge_page_bytes(sysfs_));
    set_free_pages("2048", 3);
    set_free_pages("1048576", 2);
    EXPECT_EQ(2 * kGiB + 6 * kMiB, free_huge_page_bytes(sysfs_));
}

TEST_F(SpdkHost, TooFewHugePagesAreSaidWithTheRemedy) {
    set_free_pages("2048", 15);
    const Status few = check_huge_pages(sysfs_, kHugeBytesOfController);
    EXPECT_EQ(Code::kTransport, few.code());
    EXPECT_THAT(few.message(), AllOf(HasSubstr("there are 30"), HasSubstr("nr_hugepages")));
    set_free_pages("2048", 16);
    EXPECT_TRUE(check_huge_pages(sysfs_, kHugeBytesOfController).ok());
    EXPECT_THAT(check_huge_pages(sysfs_, kHugeBytesOfBdevs).message(), HasSubstr("needs 192 MiB"));
}

TEST_F(SpdkHost, DevicesOfUserSpaceAreTaken) {
    add_device("0000:00:04.0", "0x010802", "uio_pci_generic");
    add_device("0000:00:05.0", "0x010802", "vfio-pci");
    EXPECT_TRUE(device("0000:00:04.0").ok());
    EXPECT_TRUE(device("0000:00:05.0").ok());
}

TEST_F(SpdkHost, ADeviceThatIsNotThereIsToldFromThoseThatAre) {
    add_device("0000:00:05.0", "0x010802", "nvme");
    add_device("0000:00:04.0", "0x010802", "");
    add_device("0000:00:03.0", "0x020000", "virtio-pci");
    for (const char* address : {"0000:00:09.0", "0000:00:03.0"}) {
        const Status failed = device(address);
        EXPECT_EQ(Code::kTransport, failed.code());
        EXPECT_THAT(failed.message(), HasSubstr("0000:00:04.0 (no driver), 0000:00:05.0 (nvme)"));
    }
    EXPECT_THAT(device("0000:00:03.0").message(), HasSubstr("no NVMe controller"));
}

TEST_F(SpdkHost, WithoutAnyControllerThatIsSaid) {
    EXPECT_THAT(device("0000:00:04.0").message(), HasSubstr("NVMe controllers here: none"));
}

TEST_F(SpdkHost, ADeviceOfTheKernelComesWithTheCommandsThatFreeIt) {
    add_device("0000:00:04.0", "0x010802", "nvme");
    const Status failed = device("0000:00:04.0");
    EXPECT_EQ(Code::kTransport, failed.code());
    EXPECT_THAT(failed.message(),
                AllOf(HasSubstr("'nvme'"), HasSubstr("modprobe uio_pci_generic"),
                      HasSubstr("echo 0000:00:04.0 > "
                                "/sys/bus/pci/devices/0000:00:04.0/driver/unbind"),
                      HasSubstr("echo uio_pci_generic > "
                                "/sys/bus/pci/devices/0000:00:04.0/driver_override"),
                      HasSubstr("drivers_probe")));
}

TEST_F(SpdkHost, WhereThereIsAnIommuTheDriverIsVfio) {
    add_device("0000:00:04.0", "0x010802", "");
    fs::create_directories(sysfs_ / "bus/pci/devices/0000:00:04.0/iommu_group");
    EXPECT_THAT(device("0000:00:04.0").message(),
                AllOf(HasSubstr("modprobe vfio-pci"), Not(HasSubstr("unbind"))));
}

}  // namespace
}  // namespace csd::kv
