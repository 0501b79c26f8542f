import ByteLayout
import RelayBlobs
import RelayWire
import Testing

@Suite struct `A header of an upload or a download` {
  private static let digits = String(repeating: "0a", count: 32)

  @Test func `counts in plain digits`() {
    #expect(UploadHeaders.count("0") == 0)
    #expect(UploadHeaders.count("16458") == 16_458)
    for text in ["", "-1", "+1", " 1", "1 ", "0x1", "1.0", "٣", "9223372036854775807", "99999999999999999999"] {
      #expect(UploadHeaders.count(text) == nil)
    }
  }

  @Test func `names capabilities and ids in 64 lower-case digits`() {
    #expect(UploadHeaders.capability(Self.digits)?.bytes.description == Self.digits)
    #expect(UploadHeaders.blobID(Self.digits)?.bytes.description == Self.digits)
    #expect(UploadHeaders.bearer("Bearer " + Self.digits)?.bytes.description == Self.digits)
    for text in ["", "0a", Self.digits + "0", String(Self.digits.dropLast()), Self.digits.uppercased(), "../etc"] {
      #expect(UploadHeaders.capability(text) == nil)
      #expect(UploadHeaders.bearer("Bearer " + text) == nil)
    }
    #expect(UploadHeaders.bearer("bearer " + Self.digits) == nil)
  }

  @Test func `gives a checksum as sha256 and base64`() throws {
    let digest = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    #expect(UploadHeaders.checksum("sha256 " + digest) == .sha256(FixedBytes()))
    #expect(UploadHeaders.checksum("md5 " + digest) == .unknownAlgorithm)
    for text in ["", "sha256", "sha256 ", "sha256 AAAA", "sha256  " + digest, "sha256 " + digest + " x", " " + digest] {
      #expect(UploadHeaders.checksum(text) == .malformed)
    }
  }

  @Test func `tells the keys of metadata, strictly`() {
    #expect(UploadHeaders.metadataKeys("") == [])
    #expect(UploadHeaders.metadataKeys("filename d29ybGQ=,is_confidential") == ["filename", "is_confidential"])
    for text in [
      ",", "a,", "a, b", "a d29ybGQ", "a d29ybGQ=,a", " a", "ä", "a b c", "a ", String(repeating: "a", count: 4_097),
    ] {
      #expect(UploadHeaders.metadataKeys(text) == (text == "a " ? ["a"] : nil))
    }
  }

  @Test(
    arguments: [
      (nil, .whole), ("bytes=0-", .part(start: 0, count: 100)), ("bytes=10-19", .part(start: 10, count: 10)),
      ("bytes=90-200", .part(start: 90, count: 10)), ("bytes=99-99", .part(start: 99, count: 1)),
      ("bytes=-7", .part(start: 93, count: 7)), ("bytes=-200", .part(start: 0, count: 100)),
      ("bytes=100-", .unsatisfiable), ("bytes=-0", .unsatisfiable), ("bytes=5-4", .whole), ("bytes=0-1,3-4", .whole),
      ("bytes=", .whole), ("bytes=-", .whole), ("bytes=a-b", .whole), ("items=0-1", .whole), ("bytes=1--2", .whole),
    ] as [(String?, ByteRange)])
  func `asks for one range of bytes`(text: String?, range: ByteRange) {
    #expect(ByteRange(text, byteCount: 100) == range)
  }
}
