using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace SocketIO.Gateway.Tests;

/// <summary>Members that join a room while what keeps them is killed.</summary>
internal sealed class DurableJoins
{
    private readonly List<string> _joined = [];

    /// <summary>Lets members join one after another, in four ways at once, and has everything killed in the middle of further joins.</summary>
    public async Task JoinUntilKilledAsync(IReadOnlyList<GatewayProcess> gateways, Action kill)
    {
        var (killed, round) = (false, _joined.Count);
        var joining = Enumerable.Range(0, 4).Select(async worker =>
        {
            for (var i = 0; !Volatile.Read(ref killed); i++)
            {
                var member = $"user:{round}.{worker}.{i}";
                try
                {
                    using var response = await gateways[worker % gateways.Count].Publish.PutAsync($"members?room=lobby&member={member}", null);
                    if (!Volatile.Read(ref killed) || response.StatusCode != HttpStatusCode.ServiceUnavailable)
                    {
                        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
                        lock (_joined)
                        {
                            _joined.Add(member);
                        }
                    }
                }
                catch (HttpRequestException) when (Volatile.Read(ref killed))
                {
                    // It may have joined or not: nobody has said that it has.
                }
            }
        }).ToList();
        while (joining.TrueForAll(static task => !task.IsCompleted) && Count() < round + 40)
        {
            await Task.Delay(10);
        }

        Volatile.Write(ref killed, true);
        kill();
        await Task.WhenAll(joining);
    }

    /// <summary>All whose join was acknowledged are members.</summary>
    public async Task AssertAllAreMembersAsync(GatewayProcess gateway)
    {
        var members = new HashSet<string>();
        for (ulong? next = 0; next is { } cursor;)
        {
            var page = await gateway.Publish.GetFromJsonAsync<JsonElement>($"members?room=lobby&size=50&cursor={cursor}");
            members.UnionWith(page.GetProperty("members").EnumerateArray().Select(static member => member.GetString()!));
            next = page.GetProperty("next") is { ValueKind: JsonValueKind.Number } number ? number.GetUInt64() : null;
        }

        Assert.Subset(members, _joined.ToHashSet());
    }

    private int Count()
    {
        lock (_joined)
        {
            return _joined.Count;
        }
    }
}
