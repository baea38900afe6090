# Runs commands in turn, A B C A B C, and prints for every run: label, wall microseconds, CPU microseconds.
# A small process on purpose: forking it costs little and the same for all. Adopts orphans (on the systems it
# knows the call numbers of), so that the CPU of a watchdog that outlives its wrapper is counted, too.
# Input: lines of label, folder and words, separated by tabs. Arguments: rounds, warm-up rounds, cold or warm.
use strict;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

my ($rounds, $warmups, $temperature) = @ARGV;
my @commands = map { chomp; [split /\t/] } <STDIN>;
my %calls = (x86_64 => [157, 98], aarch64 => [167, 165]);
my ($machine) = map { chomp; $_ } `uname -m`;
my $numbers = $^O eq "linux" ? $calls{$machine} : undef;
syscall($numbers->[0], 36, 1, 0, 0, 0) if $numbers;    # prctl(PR_SET_CHILD_SUBREAPER, 1)

# CPU of everything waited for so far: getrusage(RUSAGE_CHILDREN), or times() in hundredths of a second.
sub spent {
  unless ($numbers) { my @times = times; return 1e6 * ($times[2] + $times[3]) }
  my $usage = "\0" x 144;
  syscall($numbers->[1], -1, $usage);
  my @t = unpack 'q4', $usage;
  return 1e6 * ($t[0] + $t[2]) + $t[1] + $t[3];
}

sub drop_caches {
  system 'sync';
  open my $file, '>', '/proc/sys/vm/drop_caches' or die "cannot drop caches: $!\n";
  print $file "3\n";
  close $file;
}

for my $round (1 .. $rounds + $warmups) {
  for my $command (@commands) {
    my ($label, $folder, @words) = @$command;
    drop_caches() if $temperature eq 'cold';
    my $cpu = spent();
    my $began = clock_gettime(CLOCK_MONOTONIC);
    my $pid = fork // die "cannot fork: $!\n";
    if ($pid == 0) {
      chdir $folder or die "$folder: $!\n";
      open STDIN, '<', '/dev/null';
      open STDOUT, '>', '/dev/null';
      exec {$words[0]} @words or die "$words[0]: $!\n";
    }
    my $wall = 0;
    while ((my $gone = waitpid -1, 0) > 0) {
      next if $gone != $pid;
      $wall = clock_gettime(CLOCK_MONOTONIC) - $began;
      die "$label failed ($?)\n" if $? != 0;
    }
    printf "%s\t%d\t%d\n", $label, 1e6 * $wall, spent() - $cpu if $round > $warmups;
  }
}
