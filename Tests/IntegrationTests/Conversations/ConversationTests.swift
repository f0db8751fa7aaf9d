import Foundation
import HoldfastClient
import Server
import Testing

/// One conversation of `snapshots/conversations`, as its README tells.
struct Conversation: Decodable {
    struct Step: Decodable {
        struct Expectation: Decodable {
            var outcome: String?
            var answer: ConversationValue?
            var refusal: ConversationValue?
        }

        var call: String
        var arguments: ConversationValue?
        var expect: Expectation?
        var capture: [String: String]?
        var until: Double?
        var times: Int?
        var local: Bool?
    }

    var title: String
    var steps: [Step]

    /// Plays the steps over `client`.
    /// - Returns: What went wrong in the first step that did, or `nil`.
    func play(over client: HoldfastClient) async throws -> String? {
        let scope = ConversationScope()
        let calls = ConversationCalls(client: client)
        for (index, step) in steps.enumerated() {
            for _ in 0..<(step.times ?? 1) {
                if let wrong = try await play(step, scope, calls) {
                    return "\(title), step \(index) (\(step.call)): \(wrong)"
                }
            }
        }
        return nil
    }

    private func play(
        _ step: Step,
        _ scope: ConversationScope,
        _ calls: ConversationCalls
    ) async throws -> String? {
        let deadline = ContinuousClock.now + .seconds(step.until ?? 0)
        while true {
            let arguments = try ConversationArguments(step.arguments, scope)
            let result: ConversationCalls.Answer
            do {
                result = try await calls.perform(step.call, arguments)
            } catch is UnsendableValue where step.local == true {
                return nil
            }
            let wrong = try difference(step, result, scope)
            if wrong == nil {
                if case .success(let answer) = result {
                    try capture(step, .object(answer), scope)
                }
                return nil
            }
            guard ContinuousClock.now < deadline else { return wrong }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func difference(
        _ step: Step,
        _ result: ConversationCalls.Answer,
        _ scope: ConversationScope
    ) throws -> String? {
        let expected = step.expect?.outcome ?? "accepted"
        switch result {
        case .success(let answer):
            guard expected == "accepted" else { return "accepted, not \(expected)" }
            return try scope.difference(step.expect?.answer ?? .object([:]), .object(answer))
        case .failure(let refusal):
            guard expected == refusal.outcome.name else { return "\(refusal), not \(expected)" }
            return try scope.difference(
                step.expect?.refusal ?? .object([:]),
                ConversationAnswers.refusal(refusal)
            )
        }
    }

    private func capture(
        _ step: Step,
        _ answer: ConversationValue,
        _ scope: ConversationScope
    ) throws {
        for (name, path) in step.capture ?? [:] {
            var value = answer
            for part in path.split(separator: ".") {
                if case .object(let fields) = value, let found = fields[String(part)] {
                    value = found
                } else if case .array(let values) = value, let place = Int(part),
                    values.indices.contains(place)
                {
                    value = values[place]
                } else {
                    throw ConversationError("\(path): \(part) isn't there")
                }
            }
            scope.bind(name, to: value)
        }
    }
}

/// Every client holds the same conversations with one server, all at the same time.
@Suite struct ConversationTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "snapshots/conversations")

    private static func files() throws -> [(name: String, conversation: Conversation)] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".json") }.sorted()
            .map { name in
                let data = try Data(contentsOf: folder.appending(path: name))
                return (name, try JSONDecoder().decode(Conversation.self, from: data))
            }
    }

    /// All conversations, held by one of the Python clients.
    private static func python(_ kind: String, _ port: Int) async -> (String, String?) {
        let arguments = ["--server", "127.0.0.1:\(port)", "--client", kind]
        do {
            let ended = try await PythonClient.run("tests.conversations", arguments)
            let isRight = ended.status == 0
            return ("python \(kind)", isRight ? nil : ended.output + ended.errors)
        } catch {
            return ("python \(kind)", "\(error)")
        }
    }

    @Test func allAreHeldAtTheSameTime() async throws {
        let fixture = try await ServerFixture()
        let files = try ConversationTests.files()
        #expect(files.count >= 35)
        let port = fixture.server.boundPort
        await withTaskGroup(of: (String, String?).self) { group in
            for (name, conversation) in files {
                group.addTask {
                    do {
                        var settings = ClientConfiguration(port: port)
                        settings.name = "conversation"
                        let client = try await HoldfastClient.connect(settings)
                        let wrong = try await conversation.play(over: client)
                        await client.close()
                        return (name, wrong)
                    } catch {
                        return (name, "\(error)")
                    }
                }
            }
            for kind in ["sync", "async"] {
                group.addTask { await ConversationTests.python(kind, port) }
            }
            for await (name, wrong) in group where wrong != nil {
                Issue.record("\(name): \(wrong ?? "")")
            }
        }
        let check = try fixture.client().call(PlainRequest(.check)).content(CheckResult.self)
        #expect(check.isClean, "\(check.violations)")
        await fixture.end()
    }
}
