using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using SocketIO.Orleans;

namespace ChatCluster.Announcer;

/// <summary>Now and then asks everybody in the lobby whether they are awake, and tells them how many are.</summary>
internal sealed partial class Announcements(IClusterClient cluster, IConfiguration configuration, ILogger<Announcements> logger) : BackgroundService
{
    private readonly NamespaceOperator _lobby = cluster.SocketIO("/chat").To("lobby");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(configuration.GetValue("every", 10)));
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await AnnounceAsync();
            }
            catch (Exception e)
            {
                // A silo comes or goes: next time.
                Log.NotAnnounced(logger, e);
            }
        }
    }

    private async Task AnnounceAsync()
    {
        IReadOnlyList<bool> answers;
        try
        {
            answers = await _lobby.Timeout(TimeSpan.FromSeconds(5)).EmitWithAckAsync<bool>("awake?");
        }
        catch (AnswersMissingException<bool> e)
        {
            answers = e.Answers;
        }

        if (answers.Count > 0)
        {
            await _lobby.EmitAsync("said", new { from = "announcer", text = $"{answers.Count(static isAwake => isAwake)} of {answers.Count} are awake" });
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Nothing was announced this time")]
        public static partial void NotAnnounced(ILogger logger, Exception exception);
    }
}
