import FunctionRuntime
import MailTypes

/// The folders of one account by their place in the tree.
struct FolderTree {
    private struct Place: Hashable {
        let parent: FolderID?
        let name: String
    }

    private let byPlace: [Place: Folder]
    private let byID: [FolderID: Folder]

    /// A tree of these folders.
    init(_ folders: [Folder]) {
        byPlace = Dictionary(folders.map { (Place(parent: $0.parent, name: $0.name), $0) }) { first, _ in first }
        byID = Dictionary(folders.map { ($0.id, $0) }) { first, _ in first }
    }

    /// The folder at this path; the first part `inbox`, in whatever case, is the INBOX (RFC 9051 §5.1).
    func folder(at path: [String]) -> Folder? {
        var found: Folder?
        for (depth, name) in path.enumerated() {
            if depth == 0, name.utf8.equalsIgnoringASCIICase("INBOX".utf8),
                let inbox = byID.values.first(where: { $0.specialUse == .inbox })
            {
                found = inbox
            } else {
                guard depth == 0 || found != nil, let next = byPlace[Place(parent: found?.id, name: name)] else {
                    return nil
                }
                found = next
            }
        }
        return found
    }

    /// The names from the top down to this folder; nil when it is not in the tree.
    func path(of id: FolderID) -> [String]? {
        var names: [String] = []
        var next: FolderID? = id
        while let current = next {
            guard let folder = byID[current], names.count <= byID.count else { return nil }
            names.append(folder.name)
            next = folder.parent
        }
        return names.reversed()
    }
}
