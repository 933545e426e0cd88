#include "values/field_expiry.h"

#include <algorithm>

#include "values/expiring_hash.h"
#include "values/hash.h"
#include "values/heap_value.h"
#include "values/timed_fields.h"

namespace pongo {
namespace {

TimedFields timed_fields(const Payload& payload) {
    return TimedFields(Listpack(packed_bytes(payload)));
}

std::vector<std::string> erase_due_packed(ValueHolder& holder, std::int64_t now_ms, std::uint64_t most) {
    std::string bytes(packed_bytes(holder.payload()));
    TimedFieldsEditor editor(bytes);
    const std::uint64_t count = std::min(editor.fields().due(now_ms), most);
    std::vector<std::string> names;
    if (count == 0) return names;
    const Listpack list(bytes);
    for (auto at = list.begin(); names.size() < count; at = editor.fields().next(at)) {
        names.push_back(list[at].to_string());
    }
    editor.erase(list.begin(), count);
    holder.replace(packed_payload(Type::Hash, Encoding::ListpackEx, bytes));
    return names;
}

}  // namespace

std::optional<std::int64_t> next_field_expiry(const Payload& payload) {
    return is_packed(payload.encoding) ? timed_fields(payload).next_expiry()
                                       : expiring_hash(payload).next_expiry();
}

std::uint64_t due_fields(const Payload& payload, std::int64_t now_ms) {
    return is_packed(payload.encoding) ? timed_fields(payload).due(now_ms)
                                       : expiring_hash(payload).due(now_ms);
}

bool all_fields_due(const Payload& payload, std::int64_t now_ms) {
    return Hash(payload, now_ms).size() == 0;
}

std::vector<std::string> erase_due_fields(ValueHolder& holder, std::int64_t now_ms, std::uint64_t most) {
    const Payload payload = holder.payload();
    if (is_packed(payload.encoding)) return erase_due_packed(holder, now_ms, most);
    return expiring_hash(payload).erase_due(now_ms, most);
}

}  // namespace pongo
