/*
 * Two commands of which quickstart needs only a little, for grow-root (static/cloud):
 *
 *   resizepart DISK NUMBER SECTORS   tells the kernel that a partition has another length
 *   resize2fs PARTITION              makes the root filesystem as large as its partition
 *
 * The full system has those of util-linux and e2fsprogs. Their names and arguments are the
 * same here, but this resize2fs knows only what a running system needs for its root: ext4 as
 * mounted on /, and larger, not smaller. All of the work is the kernel's: it moves nothing,
 * and adds groups of blocks at the end, each by its journal. So it can be cut off at any time.
 */
#include <fcntl.h>
#include <linux/blkpg.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

/* From the kernel's fs/ext4/ext4.h; its argument is the new number of blocks. */
#define EXT4_IOC_RESIZE_FS _IOW('f', 16, uint64_t)

static int fail(const char *command, const char *what)
{
	fprintf(stderr, "%s: ", command);
	perror(what);
	return 1;
}

static int resizepart(const char *disk, const char *number, const char *sectors)
{
	char sysfs[256];
	const char *name = strrchr(disk, '/');
	long long start;
	int fd;

	/* Only the length changes: where the partition starts the kernel knows. */
	name = name ? name + 1 : disk;
	for (const char *between = "";; between = "p") { /* vda2, nvme0n1p2 */
		snprintf(sysfs, sizeof sysfs, "/sys/class/block/%s/%s%s%s/start", name, name, between, number);
		FILE *file = fopen(sysfs, "r");
		if (file) {
			int read = fscanf(file, "%lld", &start);
			fclose(file);
			if (read == 1)
				break;
		}
		if (*between)
			return fail("resizepart", sysfs);
	}

	struct blkpg_partition partition = {
		.start = start * 512,
		.length = strtoll(sectors, NULL, 10) * 512,
		.pno = atoi(number),
	};
	struct blkpg_ioctl_arg request = {
		.op = BLKPG_RESIZE_PARTITION,
		.datalen = sizeof partition,
		.data = &partition,
	};
	fd = open(disk, O_RDONLY);
	if (fd < 0 || ioctl(fd, BLKPG, &request) < 0)
		return fail("resizepart", disk);
	return 0;
}

static int resize2fs(const char *device)
{
	struct stat partition, root;
	struct statfs filesystem;
	uint64_t bytes, blocks;
	int fd;

	if (stat(device, &partition) < 0 || stat("/", &root) < 0)
		return fail("resize2fs", device);
	if (!S_ISBLK(partition.st_mode) || partition.st_rdev != root.st_dev) {
		fprintf(stderr, "resize2fs: %s is not what the root is on: this one can do no other\n", device);
		return 1;
	}
	fd = open(device, O_RDONLY);
	if (fd < 0 || ioctl(fd, BLKGETSIZE64, &bytes) < 0)
		return fail("resize2fs", device);
	close(fd);

	fd = open("/", O_RDONLY);
	if (fd < 0 || fstatfs(fd, &filesystem) < 0)
		return fail("resize2fs", "/");
	blocks = bytes / filesystem.f_bsize;
	if (ioctl(fd, EXT4_IOC_RESIZE_FS, &blocks) < 0)
		return fail("resize2fs", device);
	return 0;
}

/* The name that it is called by says what to do, as with BusyBox. */
int main(int count, char **word)
{
	const char *name = strrchr(word[0], '/');

	name = name ? name + 1 : word[0];
	if (!strcmp(name, "resizepart") && count == 4)
		return resizepart(word[1], word[2], word[3]);
	if (!strcmp(name, "resize2fs") && count == 2)
		return resize2fs(word[1]);
	fprintf(stderr, "usage: resizepart DISK NUMBER SECTORS, or resize2fs PARTITION\n");
	return 2;
}
