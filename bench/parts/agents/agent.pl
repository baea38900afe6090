# An agent: takes memory up to its peak in the first third of its life, holds it, and ends; asleep in between, as
# those are who wait for an answer. Notes when it begins and when it ends. usage: agent.pl LOG NAME MB MILLISECONDS
use strict;
use Time::HiRes qw(time sleep);
my ($log, $name, $megabytes, $milliseconds) = @ARGV;
my $began = time;
sub note { open my $file, '>>', $log or die "$log: $!\n"; syswrite $file, "$_[0] $name\n" }
note('begin');

my $own = 8;    # what perl itself has, about
my $steps = 10;
my $seconds = $milliseconds / 1000;
open my $zero, '<', '/dev/zero' or die $!;
my @held;
for my $step (1 .. $steps) {
  my $part = '';
  my $bytes = int((($megabytes - $own) << 20) / $steps);
  while (length $part < $bytes) { sysread $zero, $part, $bytes - length $part, length $part }
  push @held, \$part;
  my $rest = $began + $seconds / 3 * $step / $steps - time;
  sleep $rest if $rest > 0;
}
my $rest = $began + $seconds - time;
sleep $rest if $rest > 0;
note('end');
