internal import ArgumentParser
internal import Glibc
internal import Server

/// `holdfast credentials`: the names that a server admits.
struct CredentialsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "credentials",
        abstract: "Make the file of names and secrets for `serve --credentials`.",
        subcommands: [New.self]
    )

    /// `holdfast credentials new`: draws a secret.
    struct New: ReportingCommand {
        static let configuration = CommandConfiguration(
            commandName: "new",
            abstract: "Draw a secret for a name.",
            discussion: """
                Prints the secret once; the file gets a hash of it alone. A server reads its file \
                when it starts. Give the secret to the client in a file of its own: \
                --secret-file, or the environment's HOLDFAST_SECRET_FILE.
                """
        )

        @Argument(help: "The name, 1-64 printable ASCII characters without space and colon.")
        var name: String

        @Option(
            help: ArgumentHelp("The file to append to; made if missing.", valueName: "file")
        )
        var file: String?

        @Flag(name: .long, help: "Print JSON for programs, the result on the last line.")
        var json = false

        /// As the flag says.
        var printsJSON: Bool { json }

        /// Draws, appends, prints.
        func perform() async throws(CommandFailure) {
            let secret: String
            let line: String
            do throws(CredentialsError) {
                (secret, line) = try Credentials.newLine(for: name)
            } catch {
                throw .usage("NAME \(name): \(error)")
            }
            if let file { try append(line, to: file) }
            if json {
                let fields: [(String, JSON)] = [
                    ("name", .string(name)), ("secret", .string(secret)), ("line", .string(line)),
                ]
                return Terminal.writeLine(JSON.object(fields).text)
            }
            Terminal.writeLine("secret  \(secret)")
            Terminal.writeLine(file.map { "added to \($0)" } ?? "line    \(line)")
        }

        /// Adds a line to a file that only its owner may read.
        private func append(_ line: String, to path: String) throws(CommandFailure) {
            let existing = access(path, F_OK) == 0 ? try InputFile.bytes(at: path) : []
            let whole = existing + (existing.last ?? 10 == 10 ? [] : [10]) + Array("\(line)\n".utf8)
            // The file with its new line must be one that a server takes.
            do throws(CredentialsError) {
                _ = try Credentials(whole)
            } catch {
                throw .file("\(path): \(error)")
            }
            let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw .file("\(path): \(systemMessage(errno))") }
            defer { close(descriptor) }
            let added = Array(whole[existing.count...])
            guard write(descriptor, added, added.count) == added.count, fsync(descriptor) == 0
            else {
                throw .file("\(path): \(systemMessage(errno))")
            }
        }
    }
}
