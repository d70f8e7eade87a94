import CLinux

/// The process's limit of open files: each connection needs one.
public enum OpenFiles {
    /// Raises the limit as far as the system allows and gives what holds then. Call it once, at start, and report it.
    @discardableResult
    public static func raiseLimit() -> Int { Int(clamping: clinux_raise_open_files()) }
}
