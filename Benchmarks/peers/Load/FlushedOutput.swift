import Glibc

/// Standard output where a pipe reads it.
enum FlushedOutput {
    /// Why standard output can't be written.
    struct Failure: Error {}

    /// Hands on what was printed so far.
    static func flush() throws {
        guard fflush(nil) == 0 else { throw Failure() }
    }
}
