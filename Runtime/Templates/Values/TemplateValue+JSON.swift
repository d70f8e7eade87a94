import FunctionRuntime
import MailTypes

extension TemplateValue {
    /// The value as compact JSON, keys in their order, numbers as they were written.
    public var json: Octets {
        var octets: Octets = []
        write(to: &octets)
        return octets
    }

    private func write(to octets: inout Octets) {
        switch content {
        case .string(let text): JSONValue.string(text).write(to: &octets)
        case .number(let text): octets += text.utf8
        case .boolean(let value): JSONValue.bool(value).write(to: &octets)
        case .list(let elements):
            octets.append(0x5B)
            for (index, element) in elements.enumerated() {
                if index > 0 { octets.append(0x2C) }
                element.write(to: &octets)
            }
            octets.append(0x5D)
        case .map(let map):
            octets.append(0x7B)
            for (index, entry) in map.entries.enumerated() {
                if index > 0 { octets.append(0x2C) }
                JSONValue.string(entry.key).write(to: &octets)
                octets.append(0x3A)
                entry.value.write(to: &octets)
            }
            octets.append(0x7D)
        }
    }
}
