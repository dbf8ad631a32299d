# SPDX-License-Identifier: BSD-3-Clause
# What a shell in the guest begins with.
PS1='\h:\w# '
echo "The drive: $(cd /dev && echo ng*n*). /share is a directory of the host. Ctrl-A X ends it all, exit switches off."
