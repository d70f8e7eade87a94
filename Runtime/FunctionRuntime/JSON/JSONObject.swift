/// The members of a JSON object in their order. A name set twice keeps its place and the last value.
public struct JSONObject: Sendable {
    /// Names and values, each name once.
    public private(set) var members: [(name: String, value: JSONValue)] = []
    /// Places by name, kept once the object is big enough that looking through it would cost more.
    private var places: [String: Int] = [:]
    private static let indexedFrom = 12

    /// No members.
    public init() {}

    /// Number of members.
    public var count: Int { members.count }
    /// True when there are no members.
    public var isEmpty: Bool { members.isEmpty }

    /// The value of a name; setting nil removes the member.
    public subscript(name: String) -> JSONValue? {
        get { place(of: name).map { members[$0].value } }
        set {
            switch (place(of: name), newValue) {
            case (let place?, let value?): members[place].value = value
            case (nil, let value?): append(name, value)
            case (let place?, nil): remove(at: place)
            case (nil, nil): break
            }
        }
    }

    private func place(of name: String) -> Int? {
        if members.count < Self.indexedFrom { return members.firstIndex { $0.name == name } }
        return places[name]
    }

    private mutating func append(_ name: String, _ value: JSONValue) {
        members.append((name, value))
        if members.count == Self.indexedFrom {
            for (place, member) in members.enumerated() { places[member.name] = place }
        } else if members.count > Self.indexedFrom {
            places[name] = members.count - 1
        }
    }

    private mutating func remove(at place: Int) {
        members.remove(at: place)
        places = [:]
        if members.count >= Self.indexedFrom {
            for (place, member) in members.enumerated() { places[member.name] = place }
        }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// An object of these members; what is nil is left out, never written as null.
    public init(dictionaryLiteral elements: (String, JSONValue?)...) {
        self.init()
        for (name, value) in elements { self[name] = value }
    }
}

extension JSONObject: Hashable {
    /// Objects are equal whatever the order of their members.
    public static func == (left: Self, right: Self) -> Bool {
        left.count == right.count && left.members.allSatisfy { right[$0.name] == $0.value }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        var names = 0
        for member in members { names ^= member.name.hashValue }
        hasher.combine(names)
    }
}
