// SPDX-License-Identifier: Apache-2.0
/** Computes for a few milliseconds and sleeps for one, each in functions of their own. */
public class Burn {
  static long fibonacci(int n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

  static long compute() { return fibonacci(24); }

  static void rest() throws InterruptedException { Thread.sleep(1); }

  public static void main(String[] arguments) throws InterruptedException {
    long sum = 0;
    while (sum >= 0) {
      for (int turn = 0; turn < 10; turn++) sum = (sum + compute()) % 1000003;
      rest();
    }
  }
}
