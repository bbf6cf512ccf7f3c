using System.Text;

namespace SocketIO.Conformance.Tests;

/// <summary>The harness reads every recording to its last byte, and would have written each answer as the servers of the time did.</summary>
public class CaptureFormTests
{
    public static TheoryData<string> Captures => [.. Capture.Names];

    [Theory]
    [MemberData(nameof(Captures))]
    public void Every_recorded_answer_is_written_anew_byte_by_byte(string name)
    {
        var answers = 0;
        foreach (var exchange in Capture.Load(name).Connections.SelectMany(CapturedExchange.Of))
        {
            if (exchange.Response is { } response && WireForm.Of(exchange.Request!, response) is { } form)
            {
                answers++;
                var units = form.Decode(response.Body.Span);
                Assert.True(
                    response.Body.Span.SequenceEqual(form.Encode(units)),
                    $"{exchange}\nrecorded: {response.Text}\nwritten:  {Encoding.UTF8.GetString(form.Encode(units))}");
            }
        }

        Assert.NotEqual(0, answers);
    }

    [Theory]
    [MemberData(nameof(Captures))]
    public void Every_recorded_request_is_whole(string name)
    {
        var exchanges = Capture.Load(name).Connections.SelectMany(CapturedExchange.Of).ToList();

        Assert.NotEmpty(exchanges);
        Assert.All(exchanges, static exchange => Assert.True(exchange.Request is null or { IsComplete: true } or { IsUpgrade: true }, exchange.ToString()));
    }
}
