// A chat in one process: rooms, presence, typing notices, private messages, images, recovery. The page is in wwwroot.
//
//   dotnet run --project samples/Chat [-- --urls http://127.0.0.1:8080]
using Chat;

var app = ChatApplication.Create(args);
app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine($"Chat is at {string.Join(" and ", app.Urls.Select(ToBrowsable))} (Ctrl+C stops it)"));
await app.RunAsync();

// An address that means every interface is none that a browser can open.
static string ToBrowsable(string url) => url.Replace("//[::]:", "//localhost:").Replace("//0.0.0.0:", "//localhost:");
