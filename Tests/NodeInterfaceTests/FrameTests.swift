import NodeInterface
import Testing

@Suite struct `Frames` {
  private func refusal(_ text: String) -> RPCRefusal? {
    guard case .single(.failure(let refusal)) = RPCFrame(text.utf8) else { return nil }
    return refusal
  }

  @Test func `a request is read with its parameters`() throws {
    let text = #"{"jsonrpc":"2.0","id":7,"method":"a.b","params":{"n":9007199254740993,"t":"ü"}}"#
    guard case .single(.success(let request)) = RPCFrame(text.utf8) else {
      Issue.record("not read")
      return
    }
    #expect(request.id == .integer(7) && request.method == "a.b")
    #expect(request.parameters == ["n": 9_007_199_254_740_993, "t": "ü"], "whole numbers are exact beyond 2⁵³")
  }

  @Test(arguments: [
    ("{", ErrorKind.parse), ("", .parse), ("[]", .request), ("1", .request),
    (#"{"jsonrpc":"1.0","method":"a"}"#, .request),
    (#"{"jsonrpc":"2.0","method":1}"#, .request), (#"{"jsonrpc":"2.0","method":"a","id":{}}"#, .request),
    (#"{"jsonrpc":"2.0","method":"a","id":1,"params":[1]}"#, .params),
    (#"{"jsonrpc":"2.0","method":"a","id":1,"extra":1}"#, .request),
  ])
  func `what is no request is refused by its kind`(text: String, kind: ErrorKind) {
    #expect(refusal(text)?.error.kind == kind)
  }

  @Test func `deep nesting is refused before it is built, and brackets in texts do not count`() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(refusal(deep)?.error.kind == .parse)
    let text = #"{"jsonrpc":"2.0","id":1,"method":"a","params":{"t":"\#(String(repeating: "[", count: 100))\""}}"#
    #expect(refusal(text) == nil)
  }

  @Test(arguments: [
    #"{"jsonrpc":"2.0","id":1,"method":"a","method":"b"}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"a","params":{"t":{"x":1,"y":[{"x":1}],"x":2}}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"a","params":{"t":1,"\u0074":2}}"#,
  ])
  func `two members of one name in one object are refused, however they are spelt`(text: String) {
    #expect(refusal(text)?.error.kind == .parse)
    #expect(throws: JSONText.Refusal.duplicateName) { try JSONText.parse(text.utf8) }
  }

  @Test func `one name in two objects, and colons in texts, are no duplicates`() throws {
    let text = #"{"a":{"a":":\":"},"b":[{"a":1},{"a":2}],"c:":null}"#
    #expect(try JSONText.parse(text.utf8)["b"] == [["a": 1], ["a": 2]])
  }

  @Test func `a frame over 1 MiB is refused`() {
    let text =
      #"{"jsonrpc":"2.0","id":1,"method":"a","params":{"t":""# + String(repeating: "a", count: 1 << 20) + #""}}"#
    #expect(refusal(text)?.error.kind == .parse)
  }

  @Test func `a batch has at most 50 requests, each judged by itself`() {
    let one = #"{"jsonrpc":"2.0","id":1,"method":"a"}"#
    guard case .batch(let requests) = RPCFrame("[\(one),3]".utf8) else {
      Issue.record("not a batch")
      return
    }
    #expect(requests.count == 2)
    #expect(refusal("[" + Array(repeating: one, count: 51).joined(separator: ",") + "]")?.error.kind == .request)
  }
}
