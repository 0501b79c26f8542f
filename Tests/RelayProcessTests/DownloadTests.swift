import ByteLayout
import Foundation
import ProcessSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct `A download over HTTP` {
  @Test func `gives the whole blob, and says what it is`() async throws {
    let client = try await TusClient.start()
    let (_, blob) = try await client.blob()
    let answer = try await client.request("GET", blob, tus: false)
    #expect(answer.status == 200)
    #expect(answer.body == TusClient.bytes())
    #expect(answer.headers["accept-ranges"] == "bytes")
    #expect(answer.headers["content-type"] == "application/octet-stream")
    let head = try await client.request("HEAD", blob, tus: false)
    #expect(head.status == 200)
    #expect(head.headers["content-length"] == "\(TusClient.smallest)")
    #expect(head.headers["etag"] == answer.headers["etag"])
    #expect(head.body.isEmpty)
  }

  @Test func `gives one range of it`() async throws {
    let client = try await TusClient.start()
    let (_, blob) = try await client.blob()
    let bytes = TusClient.bytes()
    let size = TusClient.smallest
    for (range, part) in [
      ("bytes=0-0", 0..<1), ("bytes=100-199", 100..<200), ("bytes=16000-", 16_000..<size),
      ("bytes=-5", size - 5..<size),
      ("bytes=16457-99999", size - 1..<size),
    ] {
      let answer = try await client.request("GET", blob, [("Range", range)])
      #expect(answer.status == 206)
      #expect(answer.headers["content-range"] == "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(size)")
      #expect(answer.body == bytes[part])
    }
    let beyond = try await client.request("GET", blob, [("Range", "bytes=16458-")])
    #expect(beyond.status == 416)
    #expect(beyond.headers["content-range"] == "bytes */\(size)")
    for range in ["bytes=0-1,5-6", "bytes=9-3", "lines=1-2"] {
      #expect(try await client.request("GET", blob, [("Range", range)]).status == 200)
    }
  }

  @Test func `goes on only with the version that it began with`() async throws {
    let client = try await TusClient.start()
    let (_, blob) = try await client.blob()
    let tag = try #require(try await client.request("HEAD", blob).headers["etag"])
    let range = ("Range", "bytes=16000-")
    #expect(try await client.request("GET", blob, [range, ("If-Range", tag)]).status == 206)
    #expect(try await client.request("GET", blob, [range, ("If-Range", "\"other\"")]).status == 200)
  }

  @Test func `of what is unknown, unfinished or deleted is refused with the same bytes`() async throws {
    let client = try await TusClient.start()
    let (deletedUpload, deleted) = try await client.blob()
    _ = try await client.request("DELETE", deletedUpload)
    let (unfinished, _) = try await client.begin()
    let paths = [
      deleted, TusClient.path(unfinished), "/v1/blobs/" + String(repeating: "0", count: 64), "/v1/blobs/x",
    ]
    func comparable(_ path: String) async throws -> String {
      let answer = try await client.request("GET", path)
      return String(decoding: answer.bytes, as: UTF8.self).components(separatedBy: "\r\n")
        .filter { !$0.lowercased().hasPrefix("date:") }.joined(separator: "\n")
    }
    var answers: Set<String> = []
    for path in paths { answers.insert(try await comparable(path)) }
    #expect(answers.count == 1)
    #expect(answers.first?.hasPrefix("HTTP/1.1 404") == true)
  }
}
