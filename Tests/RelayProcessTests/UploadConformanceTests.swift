import ByteLayout
import Foundation
import ProcessSupport
import RelayClient
import RelayWire
import Testing
import Verification

@Suite(.timeLimit(.minutes(2))) struct `An upload over HTTP` {
  @Test func `is what OPTIONS says`() async throws {
    let client = try await TusClient.start()
    for path in ["/v1/uploads", "/v1/uploads/" + String(repeating: "0", count: 64)] {
      let answer = try await client.request("OPTIONS", path, tus: false)
      #expect(answer.status == 204)
      #expect(answer.headers["tus-version"] == "1.0.0")
      #expect(answer.headers["tus-resumable"] == "1.0.0")
      #expect(
        answer.headers["tus-extension"] == "creation,creation-with-upload,termination,checksum,expiration")
      #expect(answer.headers["tus-checksum-algorithm"] == "sha256")
      #expect(answer.headers["tus-max-size"] == "1074020409")
    }
  }

  @Test func `of another version of tus is refused, whatever it asks`() async throws {
    let client = try await TusClient.start()
    let (_, path) = try await client.begin()
    for (method, path) in [("POST", "/v1/uploads"), ("HEAD", path), ("PATCH", path), ("DELETE", path)] {
      for headers in [[], [("Tus-Resumable", "0.2.2")]] {
        let answer = try await client.request(method, path, headers, tus: false)
        #expect(answer.status == 412)
        #expect(answer.headers["tus-version"] == "1.0.0")
      }
    }
    #expect(try await client.offset(path) == 0)
  }

  @Test func `begins with a granted capability, and again with the same`() async throws {
    let client = try await TusClient.start()
    let upload = try await client.grant()
    let answer = try await client.create(upload)
    #expect(answer.status == 201)
    #expect(answer.headers["location"] == "/v1/uploads/\(upload.bytes)")
    #expect(answer.headers["upload-offset"] == "0")
    #expect(answer.headers["upload-expires"]?.hasSuffix(" GMT") == true)
    let path = try #require(answer.headers["location"])
    _ = try await client.patch(path, at: 0, Data([1, 2, 3]))
    // The answer was lost, and the client asks again: it hears how far it is, and nothing is done twice.
    let again = try await client.create(
      upload, TusClient.smallest, [("Content-Type", "application/offset+octet-stream")], body: Data([9, 9]))
    #expect(again.status == 201)
    #expect(again.headers["upload-offset"] == "3")
  }

  @Test func `does not begin without one, with another length, or with metadata`() async throws {
    let client = try await TusClient.start()
    let upload = try await client.grant()
    #expect(try await client.create(UploadCapability(FixedBytes())).status == 403)
    #expect(try await client.create(upload, TusClient.smallest, [("Authorization", "Basic x")]).status == 403)
    #expect(try await client.create(upload, TusClient.smallest + 1).status == 413)
    #expect(try await client.create(upload, -1).status == 400)
    let bearer = [("Authorization", "Bearer \(upload.bytes)")]
    #expect(try await client.request("POST", "/v1/uploads", bearer, body: Data()).status == 400)
    for header in [("Upload-Defer-Length", "1"), ("Upload-Concat", "partial"), ("Upload-Metadata", "name d29ybGQ=")] {
      #expect(try await client.create(upload, TusClient.smallest, [header]).status == 400)
    }
    #expect(try await client.create(upload).status == 201)
  }

  @Test func `may bring bytes along when it begins`() async throws {
    let client = try await TusClient.start()
    let upload = try await client.grant()
    let answer = try await client.create(
      upload, TusClient.smallest, [("Content-Type", "application/offset+octet-stream")], body: TusClient.bytes())
    #expect(answer.status == 201)
    #expect(answer.headers["upload-offset"] == "\(TusClient.smallest)")
    #expect(try await client.request("GET", TusClient.path(upload)).body == TusClient.bytes())
  }

  @Test func `goes on at its end only, and tells where that is`() async throws {
    let client = try await TusClient.start()
    let (upload, path) = try await client.begin()
    let bytes = TusClient.bytes()
    let first = try await client.patch(path, at: 0, bytes.prefix(10_000))
    #expect(first.status == 204)
    #expect(first.headers["upload-offset"] == "10000")
    for offset in [0, 9_999, 10_001] {
      let answer = try await client.patch(path, at: offset, Data([1]))
      #expect(answer.status == 409)
      #expect(answer.headers["upload-offset"] == "10000")
    }
    let head = try await client.request("HEAD", path)
    #expect(head.status == 200)
    #expect(head.headers["upload-length"] == "\(TusClient.smallest)")
    #expect(head.headers["cache-control"] == "no-store")
    #expect(try await client.request("GET", TusClient.path(upload)).status == 404)
    #expect(try await client.patch(path, at: 10_000, Data(bytes.dropFirst(10_000))).status == 204)
    #expect(try await client.request("GET", TusClient.path(upload)).body == bytes)
    // Whole, and asked again.
    #expect(try await client.offset(path) == TusClient.smallest)
    #expect(try await client.patch(path, at: TusClient.smallest, Data()).status == 204)
    #expect(try await client.patch(path, at: TusClient.smallest, Data([1])).status == 413)
  }

  @Test func `refuses bytes of another type, without an offset, and more than was granted`() async throws {
    let client = try await TusClient.start()
    let (_, path) = try await client.begin()
    let type = ("Content-Type", "application/offset+octet-stream")
    #expect(try await client.request("PATCH", path, [("Upload-Offset", "0")], body: Data([1])).status == 415)
    #expect(try await client.request("PATCH", path, [type], body: Data([1])).status == 400)
    #expect(try await client.request("PATCH", path, [type, ("Upload-Offset", "zero")], body: Data([1])).status == 400)
    #expect(try await client.patch(path, at: 0, TusClient.bytes(TusClient.smallest + 1)).status == 413)
  }

  @Test func `keeps nothing of bytes whose checksum is another`() async throws {
    let client = try await TusClient.start()
    let (_, path) = try await client.begin()
    let bytes = TusClient.bytes(5_000)
    func checksum(_ data: Data) -> (String, String) {
      ("Upload-Checksum", "sha256 " + Data(ContentHash.sha256([UInt8](data)).array).base64EncodedString())
    }
    #expect(try await client.patch(path, at: 0, bytes, [checksum(Data([1]))]).status == 460)
    #expect(try await client.offset(path) == 0)
    #expect(try await client.patch(path, at: 0, bytes, [("Upload-Checksum", "md5 AAAA")]).status == 400)
    #expect(try await client.patch(path, at: 0, bytes, [("Upload-Checksum", "sha256 AAAA")]).status == 400)
    #expect(try await client.offset(path) == 0)
    #expect(try await client.patch(path, at: 0, bytes, [checksum(bytes)]).status == 204)
    #expect(try await client.offset(path) == 5_000)
  }

  @Test func `is deleted with the blob that it became, and then as if it had never been`() async throws {
    let client = try await TusClient.start()
    let (path, blob) = try await client.blob()
    #expect(try await client.request("DELETE", path).status == 204)
    let unknown = "/v1/uploads/" + String(repeating: "0", count: 64)
    for (method, body) in [("HEAD", nil), ("DELETE", nil), ("PATCH", Data([1]))] {
      let headers = [("Content-Type", "application/offset+octet-stream"), ("Upload-Offset", "0")]
      let gone = try await client.request(method, path, headers, body: body)
      #expect(gone.status == 404)
      #expect(try await client.request(method, unknown, headers, body: body).body == gone.body)
    }
    #expect(try await client.request("GET", blob).status == 404)
  }

  @Test func `may call its method a POST`() async throws {
    let client = try await TusClient.start()
    let (_, path) = try await client.begin()
    let answer = try await client.request(
      "POST", path,
      [
        ("X-HTTP-Method-Override", "PATCH"), ("Upload-Offset", "0"),
        ("Content-Type", "application/offset+octet-stream"),
      ], body: Data([1, 2]))
    #expect(answer.status == 204)
    #expect(try await client.offset(path) == 2)
    #expect(try await client.request("POST", path, [("X-HTTP-Method-Override", "DELETE")], body: Data()).status == 204)
    #expect(try await client.request("POST", path, [("X-HTTP-Method-Override", "BREW")], body: Data()).status == 405)
  }

  @Test func `that is cut off, or whose relay is killed, goes on where it was`() async throws {
    var client = try await TusClient.start()
    let size = Int(try BlobLayout.fileByteCount(contentByteCount: 1 << 20))
    let (upload, path) = try await client.begin(size)
    let bytes = TusClient.bytes(size)
    _ = try await client.patch(path, at: 0, bytes.prefix(400_000), length: size)
    var offset = 0
    // The relay reads what was sent in its own time; the next request waits for nothing but itself.
    for _ in 0..<1_000 where offset < 400_000 { offset = try await client.offset(path) ?? 0 }
    #expect(offset == 400_000)
    _ = try await client.patch(path, at: offset, Data(bytes.dropFirst(offset).prefix(300_000)), length: size)
    for _ in 0..<1_000 where offset < 700_000 { offset = try await client.offset(path) ?? 0 }
    try await client.relay.kill()
    client.relay = try await client.relay.restarted()
    #expect(try await client.offset(path) == 700_000)
    #expect(try await client.patch(path, at: 700_000, Data(bytes.dropFirst(700_000))).status == 204)
    try await client.relay.kill()
    client.relay = try await client.relay.restarted()
    #expect(try await client.request("GET", TusClient.path(upload)).body == bytes)
  }
}

@Suite(.timeLimit(.minutes(2))) struct `Room for a file` {
  @Test func `is granted to who is admitted to leave files, and to nobody else alike`() async throws {
    let relay = try await RunningRelay.start()
    let (mailbox, unknown) = (try TestMailbox(), try TestMailbox())
    let owner = try await relay.connect()
    try await mailbox.open(owner)
    try await owner.setAdmission(try mailbox.admission(rights: [.put, .bundle]))
    let sender = try await relay.connect()
    func command(_ mailbox: TestMailbox, _ tag: AdmissionTag) throws -> CreateBlobCommand {
      try CreateBlobCommand(
        mailbox: mailbox.id, tag: tag, fileByteCount: 16_458, retention: .day,
        blobID: BlobID(TestMailbox.random()))
    }
    let refusals = [
      await refusal { _ = try await sender.createBlob(try command(mailbox, mailbox.tag)) },
      await refusal { _ = try await sender.createBlob(try command(mailbox, unknown.tag)) },
      await refusal { _ = try await sender.createBlob(try command(unknown, unknown.tag)) },
    ]
    #expect(Set(refusals).count == 1)
    #expect(refusals[0]?.code == .notAdmitted)
    try await owner.setAdmission(try mailbox.admission(rights: [.blob]))
    #expect(try await sender.createBlob(try command(mailbox, mailbox.tag)).validSeconds == 600)
    let large = try CreateBlobCommand(
      mailbox: mailbox.id, tag: mailbox.tag, fileByteCount: try BlobLayout.fileByteCount(contentByteCount: 1 << 31),
      retention: .day, blobID: BlobID(TestMailbox.random()))
    #expect(await refusal { _ = try await sender.createBlob(large) }?.code == .tooLarge)
  }
}
