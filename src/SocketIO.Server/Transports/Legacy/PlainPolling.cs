using System.Text;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>The polling transport of a client before 0.7.</summary>
/// <param name="connection">The session.</param>
/// <param name="form">What is around its payloads, where a request does not say.</param>
/// <param name="options">How long it waits.</param>
/// <param name="name">Its name in URLs.</param>
internal sealed class PlainPolling(EngineConnection connection, PollingForm form, Version06Options options, string name) : LegacyPolling(connection, form)
{
    private readonly EngineConnection _connection = connection;
    private int _polls;

    public override string Name => name;

    protected override TimeSpan PollDuration => options.PollDuration;

    protected override TimeSpan AbsenceTimeout => options.CloseTimeouts.TryGetValue(name, out var timeout) ? timeout : options.ReconnectTimeout;

    /// <summary>
    /// Greets a client anew that has not understood the greeting, if that can be: it may be of either generation still, and has not polled with the id that it was given.
    /// </summary>
    /// <returns>The greeting of the earlier generation; <see langword="null"/>: the client has understood.</returns>
    public TransportResponse? GreetAgain()
    {
        if (Volatile.Read(ref _polls) > 1 || _connection.Codec is not DualGreetingCodec { Decided: null } codec)
        {
            return null;
        }

        codec.PresumeEnvelope();
        OnAnswered();
        return Encode([new EnginePacket(EnginePacketType.Open, Encoding.UTF8.GetBytes(_connection.Id))], PlainForm.Xhr, compress: false);
    }

    protected override void OnPolled()
    {
        Interlocked.Increment(ref _polls);
        base.OnPolled();
    }
}
