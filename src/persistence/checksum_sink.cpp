#include "persistence/checksum_sink.h"

#include <cstring>

#include "base/crc64.h"

namespace pongo {

void ChecksumSink::append(std::string_view bytes) {
    // The buffer is filled to its last byte, so that whoever comes next gets whole blocks.
    while (buffered_ + bytes.size() >= kBufferBytes) {
        if (buffered_ == 0) {
            const std::size_t whole = bytes.size() - bytes.size() % kBufferBytes;
            pass(bytes.substr(0, whole));
            bytes.remove_prefix(whole);
        } else {
            const std::size_t room = kBufferBytes - buffered_;
            std::memcpy(buffer_.get() + buffered_, bytes.data(), room);
            buffered_ = kBufferBytes;
            bytes.remove_prefix(room);
            flush();
        }
    }
    if (bytes.empty()) return;
    std::memcpy(buffer_.get() + buffered_, bytes.data(), bytes.size());
    buffered_ += bytes.size();
}

void ChecksumSink::flush() {
    pass({buffer_.get(), buffered_});
    buffered_ = 0;
}

std::uint64_t ChecksumSink::checksum() const {
    return checksum_ == Checksum::On ? crc64(crc_, {buffer_.get(), buffered_}) : 0;
}

void ChecksumSink::pass(std::string_view bytes) {
    if (bytes.empty()) return;
    if (checksum_ == Checksum::On) crc_ = crc64(crc_, bytes);
    sink_.append(bytes);
    passed_ += bytes.size();
}

}  // namespace pongo
